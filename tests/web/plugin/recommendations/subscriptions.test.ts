/** A user's subscriptions, read from a real PostgreSQL. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Response } from 'express'
import { Subscriptions } from '../../../../web/plugin/server/recommendations/subscriptions.ts'
import { Database } from '../server/database.ts'

/** The columns of PeerTube's tables that the plugin reads, with PeerTube's types. */
const TABLES = [
  'CREATE TABLE server (id SERIAL PRIMARY KEY, host VARCHAR(255) NOT NULL)',
  'CREATE TABLE actor (id SERIAL PRIMARY KEY, "preferredUsername" VARCHAR(255) NOT NULL, ' +
    '"serverId" INTEGER REFERENCES server ON DELETE CASCADE)',
  `CREATE TYPE "enum_actorFollow_state" AS ENUM ('pending', 'accepted', 'rejected')`,
  'CREATE TABLE "actorFollow" (id SERIAL PRIMARY KEY, state "enum_actorFollow_state" NOT NULL, ' +
    '"actorId" INTEGER NOT NULL REFERENCES actor ON DELETE CASCADE, ' +
    '"targetActorId" INTEGER NOT NULL REFERENCES actor ON DELETE CASCADE, ' +
    '"createdAt" TIMESTAMP WITH TIME ZONE NOT NULL)',
  `INSERT INTO server (host) VALUES ('far.example')`,
  'INSERT INTO actor ("preferredUsername", "serverId") VALUES ' +
    `('viewer', NULL), ('other', NULL), ('news', NULL), ('films', 1), ('not yet', 1), ('odd ö', 1)`,
  'INSERT INTO "actorFollow" (state, "actorId", "targetActorId", "createdAt") VALUES ' +
    `('accepted', 1, 3, '2026-01-01'), ('accepted', 1, 4, '2026-02-01'), ` +
    `('pending', 1, 5, '2026-03-01'), ('accepted', 1, 6, '2026-03-01'), ` +
    `('accepted', 2, 5, '2026-03-01')`,
]

const database = new Database()
const logged: unknown[] = []

function subscriptions(actor: number | null, query: unknown = database.query): Subscriptions {
  const user = actor === null ? undefined : { Account: { Actor: { id: actor } } }
  return new Subscriptions({
    database: { query },
    config: { getWebserverUrl: () => 'https://video.example' },
    user: { getAuthUser: () => Promise.resolve(user) },
    logger: { warn: (text: string) => logged.push(text) },
  } as unknown as ConstructorParameters<typeof Subscriptions>[0])
}

/** A stand-in for the response; `getAuthUser` above names the user. */
const response = null as unknown as Response
const of = (each: Subscriptions) => each.of(response)

before(async () => {
  for (const sql of TABLES) await database.query(sql)
})
after(() => database.stop())

test('the channels of the user come from PeerTube’s database, the newest first', async () => {
  assert.deepEqual(await of(subscriptions(1)), ['films@far.example', 'news@video.example'])
})

test('a visitor without login has no channels, and the database is not asked', async () => {
  const before = database.queries
  assert.deepEqual(await of(subscriptions(null)), [])
  assert.equal(database.queries, before)
})

test('a database that fails costs the channels, and nothing else', async () => {
  const broken = () => Promise.reject(new Error('gone'))
  assert.deepEqual(await of(subscriptions(1, broken)), [])
  assert.equal(logged.length, 1)
})
