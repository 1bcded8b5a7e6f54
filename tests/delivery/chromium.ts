export { launchChromium } from '../../web/demo/server/chromium.ts'
