/**
 * `npm run screens [-- --out DIR] [--readme]`: pictures of every screen, of a deployment of its own, in real Chromium, and
 * what axe-core has to say about each. `--readme`: only those of the README, into docs/pictures. Progress goes to stderr,
 * `{ pictures, faults }` is the last line of stdout; exit status 1 when a screen is missing or has a fault.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startDeployment } from '../../src/stack/deployment.ts'
import { freeBase } from '../../src/stack/ports.ts'
import { launchChromium, PHONE } from './browsers.ts'
import { openCamera, type Camera } from './screens/camera.ts'
import { tellStory } from './screens/story.ts'

const README = {
  folder: 'docs/pictures',
  only: [
    'lage-alert-phone-light-de',
    'alert-answered-phone-light-de',
    'tally-desktop-light-de',
    'readiness-phone-dark-de',
  ],
}

const say = (line: string) => void process.stderr.write(`${line}\n`)

async function photograph(camera: Camera): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'notanker-screens-'))
  try {
    const deployment = await startDeployment({ data, port: await freeBase(), log: say })
    try {
      // Not as a phone with touch: then another size would load the page anew, and close what is open on it.
      const { browser, close } = await launchChromium({ viewport: { ...PHONE, isMobile: false, hasTouch: false } })
      await tellStory(browser, deployment, camera).finally(close)
    } finally {
      await deployment.stop()
    }
  } finally {
    await rm(data, { recursive: true, force: true })
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
