/** The service's `/api/v1/operator/graph`, as `/openapi.json` describes it. */

/** `channel` and `tags` are places in the lists of `Content`; `plays` fades in months. */
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
  /** How many videos there are; `videos` are the most watched of them. */
  total: number
  videos: Video[]
  channels: string[]
  tags: string[]
  /** Two places in `videos`, and how alike their audiences are, in thousandths. */
  edges: [one: number, other: number, alike: number][]
}
