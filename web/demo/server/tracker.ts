/** A WebTorrent tracker on loopback, where the demo's players find each other. */
import Server from 'bittorrent-tracker/server'
import type { AddressInfo, Socket } from 'node:net'

export interface Tracker {
  url: string
  stop(): Promise<void>
}

export async function startTracker(): Promise<Tracker> {
  const server = new Server({ udp: false, http: false, ws: true, stats: false })
  const sockets = new Set<Socket>()
  server.http.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  // A warning is about a player's invalid announcement, and the player has been told.
  server.on('warning', () => undefined)
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.http.address() as AddressInfo
  return {
    url: `ws://127.0.0.1:${port}`,
    stop: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}
