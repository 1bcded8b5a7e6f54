/** Casts a hook's handler: in PeerTube's type it has no parameters. */
export const handler = (handle: (...said: never[]) => unknown): (() => unknown) => handle
