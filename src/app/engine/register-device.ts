/** Tells every relay where this device is rung: at each start, after each change, and again every few hours. */
import type { Device } from '../../core/relay.ts'
import { recall, remember } from '../memory.ts'
import type { Context } from './context.ts'
import { keep, type Kept } from './keep.ts'

const RETRY = 15_000
const AGAIN = 6 * 3600_000

export function registerDevice(context: Context, bearer: (stale?: string) => Promise<string | null>): Kept {
  const { ports, session, deployment } = context
  const { device, relays, settings } = ports

  async function subscription(): Promise<Device['subscription'] | null> {
    const vapid = deployment.vapid_public_key
    if (!vapid) return null
    const state = await device.pushState()
    // Allowed: what the browser has lost, or made for a key that is no longer the relays', is made anew without a question.
    return state === 'subscribed' || state === 'no_subscription' ? device.subscribe(vapid) : null
  }

  async function register(url: string, content: Device): Promise<boolean> {
    const token = await bearer()
    if (!token) return false
    const answer = await relays.registerDevice(url, token, session.device, content)
    if (answer !== 'stale_bearer') return answer === 'registered'
    const fresh = await bearer(token)
    return fresh !== null && (await relays.registerDevice(url, fresh, session.device, content)) === 'registered'
  }

  async function work(): Promise<number | null> {
    const made = await subscription()
    if (!made) return null
    const lang = (await recall(settings, 'language')) ?? 'de'
    const content: Device = { v: 1, subscription: made, platform: device.platform, lang, app_version: ports.version }
    const urls = deployment.sites.flatMap(({ relay }) => (relay ? [relay] : []))
    const done = await Promise.all(urls.map((url) => register(url, content)))
    const registered = urls.filter((_, i) => done[i])
    if (registered.length)
      await remember(settings, 'registered', { endpoint: made.endpoint, relays: registered, at: ports.clock.now() })
    return done.every(Boolean) ? AGAIN : RETRY
  }
  return keep(ports.clock, work, context.trouble)
}
