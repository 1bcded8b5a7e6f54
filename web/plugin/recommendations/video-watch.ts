/** The client script for recommendations on PeerTube's watch page. */
export { register } from './register.ts'
