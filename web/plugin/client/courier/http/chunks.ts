/** Reads a body chunk by chunk. Not by `for await`: no Safari can iterate a stream. */
export async function readChunks(
  body: ReadableStream<Uint8Array> | null,
  take: (bytes: Uint8Array) => void,
): Promise<void> {
  const reader = body?.getReader()
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    take(read.value)
  }
}
