/**
 * Which videos may be recommended beside a video: an administrator's default, and the video's own
 * wish where PeerTube has one.
 */
export const POLICIES = ['any', 'instance', 'owner', 'channel'] as const
export type Policy = (typeof POLICIES)[number]

/** The strategies of the service that keep to the policies. */
export const STRATEGIES: Record<Policy, string> = {
  any: 'related',
  instance: 'same-instance',
  owner: 'same-owner',
  channel: 'same-channel',
}

export const isPolicy = (said: unknown): said is Policy => POLICIES.some((each) => each === said)

/** A video's own policy in PeerTube's form, 1 to 4, alone or as a constant; null without one. */
export function policyOf({ recommendationPolicy: said }: { recommendationPolicy?: unknown }) {
  const { id } = Object(said) as { id?: unknown }
  return POLICIES[Number(id ?? said) - 1] ?? null
}
