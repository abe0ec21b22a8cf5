import { expect, it } from 'vitest'
import { leadOnce } from '../../../src/platform/lead.ts'
import { settled } from '../../fakes/manual-clock.ts'

/** A window that asks to lead, and what happened to it. */
function windowOf(name: string, log: string[], window: string) {
  let begun = () => {}
  const leads = new Promise<void>((resolve) => (begun = resolve))
  const stop = leadOnce(name, () => {
    log.push(`${window} begins`)
    begun()
    return async () => {
      await settled()
      log.push(`${window} ends`)
    }
  })
  return { leads, stop }
}

it('SITE-17 one window leads; the next begins when its work has ended', async () => {
  const log: string[] = []
  const [one, other] = [windowOf('first', log, 'one'), windowOf('first', log, 'other')]
  await one.leads
  await settled()
  expect(log).toEqual(['one begins'])
  await one.stop()
  await other.leads
  expect(log).toEqual(['one begins', 'one ends', 'other begins'])
  await other.stop()
})

it('SITE-17 a window that ends while it waits for its turn never leads', async () => {
  const log: string[] = []
  const [one, other] = [windowOf('second', log, 'one'), windowOf('second', log, 'other')]
  await one.leads
  await other.stop()
  await one.stop()
  const third = windowOf('second', log, 'third')
  await third.leads
  await third.stop()
  expect(log).toEqual(['one begins', 'one ends', 'third begins', 'third ends'])
})
