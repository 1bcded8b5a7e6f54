/** PeerTube's type says that a hook's handler gets nothing. */
export const handler = (handle: (...said: never[]) => unknown): (() => unknown) => handle
