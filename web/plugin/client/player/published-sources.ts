/** The extra sources that another instance publishes for its video, by our own instance's word. */
import { readPublished, type ExtraSource } from '../../shared/extra-sources.ts'
import { timeLimit } from '../../shared/time-limit.ts'
import { isPublic, type VideoDetails } from '../../shared/video-details.ts'
import { isOptedOut } from '../panel/opt-out.ts'
import { withPatience } from '../courier/timeouts.ts'

const TIMEOUT_MS = 5_000
/** Asked when the page learns of the video, the answer is there long before the player is. */
const PATIENCE_S = 0.25

export class PublishedSources {
  readonly #router: string
  readonly #asked = new Map<unknown, Promise<ExtraSource[]>>()

  constructor(router: string) {
    this.#router = router
  }

  /** Asks once for a public video of another instance. */
  expect({ uuid, isLocal, ...details }: VideoDetails): void {
    if (isLocal !== false || !isPublic(details) || this.#asked.has(uuid) || isOptedOut()) return
    this.#asked.set(
      uuid,
      this.#ask(String(uuid)).catch(() => []),
    )
  }

  /** The sources of a video; none if the answer is late. */
  async of(details: VideoDetails): Promise<ExtraSource[]> {
    this.expect(details)
    const asked = this.#asked.get(details.uuid)
    return (asked && (await withPatience(PATIENCE_S, asked))) ?? []
  }

  async #ask(uuid: string): Promise<ExtraSource[]> {
    const said = await timeLimit(TIMEOUT_MS, async (signal): Promise<unknown> => {
      const answer = await fetch(`${this.#router}sources/${encodeURIComponent(uuid)}`, { signal })
      return answer.ok ? answer.json() : {}
    })
    return readPublished((Object(said) as { sources?: unknown }).sources) ?? []
  }
}
