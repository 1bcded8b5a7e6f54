/** The channels that a user subscribes to, from PeerTube's database. */
import type { RegisterServerOptions } from '@peertube/peertube-types'
import type { Response } from 'express'

type Helpers = Pick<
  RegisterServerOptions['peertubeHelpers'],
  'config' | 'database' | 'logger' | 'user'
>

/** The service's limits: number and format of names. */
const MOST = 50
const NAME = /^[A-Za-z0-9._:@-]{1,60}$/

const CHANNELS_SQL = `
  SELECT actor."preferredUsername" || '@' || COALESCE(server.host, $own) AS channel
  FROM "actorFollow" JOIN actor ON actor.id = "actorFollow"."targetActorId"
  LEFT JOIN server ON server.id = actor."serverId"
  WHERE "actorFollow"."actorId" = $actor AND "actorFollow".state = 'accepted'
  ORDER BY "actorFollow"."createdAt" DESC LIMIT ${MOST}`

export class Subscriptions {
  readonly #helpers: Helpers

  constructor(helpers: Helpers) {
    this.#helpers = helpers
  }

  /** Channels such as `news@video.example`; none without a login. */
  async of(response: Response): Promise<string[]> {
    const { config, database, logger, user } = this.#helpers
    try {
      const known = (await user.getAuthUser(response)) as Account | undefined
      const actor = known?.Account?.Actor?.id
      if (actor === undefined) return []
      const query = database.query as (sql: string, options: object) => Promise<Row[]>
      const bind = { actor, own: new URL(config.getWebserverUrl()).host }
      const rows = await query(CHANNELS_SQL, { type: 'SELECT', bind })
      return rows.map(({ channel }) => channel).filter((channel) => NAME.test(channel))
    } catch (error) {
      logger.warn('Subscriptions do not count: the database did not tell them.', { err: error })
      return []
    }
  }
}

/** The fields of PeerTube's user that are read. */
interface Account {
  Account?: { Actor?: { id?: number } }
}

interface Row {
  channel: string
}
