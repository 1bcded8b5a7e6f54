/** Videos in the order of a list of UUIDs; those that it does not name come last, as they were. */
export function inOrder<Video extends { uuid?: unknown }>(
  videos: readonly Video[],
  uuids: readonly string[],
): Video[] {
  const places = new Map<unknown, number>(uuids.map((uuid, place) => [uuid, place]))
  const place = ({ uuid }: Video) => places.get(uuid) ?? places.size
  return [...videos].sort((one, other) => place(one) - place(other))
}
