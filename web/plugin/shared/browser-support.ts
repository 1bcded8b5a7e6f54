/**
 * Whether this browser has all that our scripts use without asking again.
 *
 * PeerTube supports iOS Safari from 15.0 on. ESLint refuses whatever is newer than that in the
 * scripts that browsers load, but for the features tested here, which came with Safari 15.4: an
 * older browser plays as PeerTube does without us.
 */
export function isSupported(): boolean {
  return (
    typeof Object.hasOwn === 'function' &&
    typeof Array.prototype.at === 'function' &&
    typeof AbortSignal === 'function' &&
    typeof AbortSignal.prototype.throwIfAborted === 'function' &&
    typeof HTMLDialogElement === 'function' &&
    typeof ReadableStream === 'function'
  )
}
