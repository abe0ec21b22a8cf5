/**
 * `npm run screens [-- --out DIR] [--readme]`: pictures of every screen, of a deployment of its own, in real
 * browsers, and what axe-core has to say about each. `--readme`: only those of the README, into docs/pictures. Progress
 * goes to stderr, `{ pictures, faults }` is the last line of stdout; exit status 1 when one is missing or has a fault.
 */
import { parseArgs } from 'node:util'
import { launchChromium, PHONE } from './browsers.ts'
import { startCrisis } from './crisis.ts'
import { openCamera, type Camera } from './screens/camera.ts'
import { photographRinging } from './screens/ringing.ts'
import { tellStory } from './screens/story.ts'

const README = {
  folder: 'docs/pictures',
  only: [
    'lage-alert-phone-light-de',
    'alert-answered-phone-light-de',
    'tally-desktop-light-de',
    'readiness-ringing-phone-light-de',
  ],
}

const say = (line: string) => void process.stderr.write(`${line}\n`)

async function photograph(camera: Camera): Promise<void> {
  const crisis = await startCrisis({ log: say })
  try {
    await photographRinging(crisis, camera)
    // Not as a phone with touch: then another size would load the page anew, and close what is open on it.
    const { browser, close } = await launchChromium({ viewport: { ...PHONE, isMobile: false, hasTouch: false } })
    await tellStory(browser, crisis.deployment, camera).finally(close)
  } finally {
    await crisis.stop()
  }
}

const OPTIONS = { out: { type: 'string', default: 'screens' }, readme: { type: 'boolean', default: false } } as const
const { out, readme } = parseArgs({ options: OPTIONS }).values
const camera = openCamera({ folder: out, ...(readme ? README : {}), log: say })
try {
  await photograph(camera)
} catch (error) {
  say(`The pictures are not complete: ${(error as Error).message}`)
  process.exitCode = 1
}
camera.faults.forEach(say)
if (camera.faults.size) process.exitCode = 1
console.log(JSON.stringify({ pictures: camera.pictures, faults: camera.faults.size }))
