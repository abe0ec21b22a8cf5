/**
 * `first.*`: somebody's first visit, at 400 kbit/s with 400 ms of latency. `form`: from the navigation to the whole
 * sign-in form; `alert`: from the tap on "sign in" to an alert on the screen, while the app is being installed beside it.
 * Bytes are all that the browser got until then, by whatever connection.
 */
import { ALERT, roomOf } from '../support/ready-device.ts'
import { appPage } from '../support/app-page.ts'
import { logIn, sendAlert } from '../support/rest.ts'
import { markComplete, textsOf } from './complete.ts'
import { figure, type Figures } from './figure.ts'
import type { World } from './world.ts'

const SLOW = { kind: 'slow', bytes_per_s: 50_000, latency_ms: 400 } as const
const [MANAGER, PERSON] = ['d.aydemir', 't.schulte']

interface Visit {
  form_ms: number
  form_bytes: number
  alert_ms: number
  alert_bytes: number
}

async function visit(world: World, texts: string[]): Promise<Visit> {
  const { crisis, network } = world
  network.set(SLOW)
  const browser = await world.launch()
  try {
    const page = await browser.page()
    await markComplete(page, texts)
    const before = network.bytes().down
    await page.goto(crisis.origin, { waitUntil: 'domcontentloaded' })
    const form_ms = await page.evaluate(() => window.complete)
    const form_bytes = network.bytes().down - before
    const app = appPage(page)
    await app.fill('Benutzername', PERSON)
    await app.fill('Passwort', crisis.password(PERSON))
    const alert = page.evaluate(
      (words) =>
        new Promise<number>((resolve) => {
          let tapped = Infinity
          document.addEventListener('submit', () => (tapped = performance.now()), { capture: true, once: true })
          new MutationObserver((_, observer) => {
            if (!document.body.innerText.includes(words)) return
            observer.disconnect()
            resolve(performance.now() - tapped)
          }).observe(document, { subtree: true, childList: true, characterData: true })
        }),
      ALERT.headline,
    )
    await app.tap('Anmelden')
    return { form_ms, form_bytes, alert_ms: await alert, alert_bytes: network.bytes().down - before }
  } finally {
    network.heal()
    await browser.close()
  }
}

export async function measureFirst(world: World): Promise<Figures> {
  const { crisis, say } = world
  const manager = await logIn(crisis.deployment.describe().sites[0]!, MANAGER, crisis.password(MANAGER))
  await sendAlert(manager, roomOf(crisis, 'Alle Beschäftigten'), ALERT)
  const browser = await world.launch()
  const app = appPage(await browser.page(crisis.origin))
  await app.see(crisis.deployment.deployment.agency.name)
  const texts = await textsOf(app.page)
  await browser.close()

  const visits: Visit[] = []
  for (let run = 0; run < world.runs; run++) {
    visits.push(await visit(world, texts))
    say(JSON.stringify(visits.at(-1)))
  }
  const of = (key: keyof Visit, unit: string) =>
    figure(
      visits.map((v) => v[key]),
      { unit },
    )
  return {
    'first.form_ms': of('form_ms', 'ms'),
    'first.alert_ms': of('alert_ms', 'ms'),
    'first.form_bytes': of('form_bytes', 'B'),
    'first.alert_bytes': of('alert_bytes', 'B'),
  }
}
