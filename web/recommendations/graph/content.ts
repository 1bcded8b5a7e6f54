/** Types of the service's `/api/v1/operator/graph`; `/openapi.json` describes them. */

/** A video; `channel` and `tags` index the lists of `Content`, `plays` decays over months. */
export interface Video {
  id: string
  name: string
  channel: number
  tags: number[]
  language: string
  nsfw: boolean
  views: number
  plays: number
}

export interface Content {
  /** Number of all videos; `videos` are the most watched of them. */
  total: number
  videos: Video[]
  channels: string[]
  tags: string[]
  /** Two indexes into `videos`, and the similarity of their audiences in thousandths. */
  edges: [one: number, other: number, alike: number][]
}
