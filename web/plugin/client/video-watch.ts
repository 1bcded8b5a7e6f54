/** The client script for PeerTube's watch page and embeds. */
export { register } from './register.ts'
