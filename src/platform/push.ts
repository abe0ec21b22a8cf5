/**
 * The push subscription of this browser. Everything here depends on moods of the platform (no permission, no push
 * service, no worker yet), so nothing throws: the answer is a state or null, and the screens say what to do about it.
 */
import { parseOrNull } from '../core/parse.ts'
import type { PushState } from '../core/ports.ts'
import { deviceSchema, type Device } from '../core/relay.ts'

type Subscription = Device['subscription']

/** A first worker becomes active only when all its files are here: on a bad network that takes a while, ms. */
const WORKER_PATIENCE = 60_000

const supported = () => 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window

async function pushManager(): Promise<PushManager | null> {
  // Not `ready`: without a worker that would never answer.
  return (await navigator.serviceWorker.getRegistration())?.pushManager ?? null
}

/** The manager once a worker is active, which subscribing needs; null when none becomes active in time. */
async function readyPushManager(): Promise<PushManager | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>()
  const timer = setTimeout(() => resolve(null), WORKER_PATIENCE)
  const registration = await Promise.race([navigator.serviceWorker.ready, late])
  clearTimeout(timer)
  return registration?.pushManager ?? null
}

/** Null as well when the keys are not those of RFC 8291: no relay could use them. */
const read = (subscription: PushSubscription | null): Subscription | null =>
  parseOrNull(
    deviceSchema.entries.subscription,
    subscription && { ...subscription.toJSON(), vapid: keyOf(subscription) },
  )

const base64url = (key: ArrayBuffer) =>
  btoa(String.fromCharCode(...new Uint8Array(key)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

/** The key that it was made for: push services refuse messages signed with another one (RFC 8292, section 4.2). */
function keyOf({ options: { applicationServerKey: key } }: PushSubscription): string | undefined {
  return key ? base64url(key) : undefined
}

export async function subscription(): Promise<Subscription | null> {
  if (!supported()) return null
  try {
    return read((await (await pushManager())?.getSubscription()) ?? null)
  } catch {
    return null
  }
}

/** `installed` and `ios` matter because iOS knows push only in an app on the home screen. */
export async function pushState({ ios, installed }: { ios: boolean; installed: boolean }): Promise<PushState> {
  if (!supported()) return ios && !installed ? 'needs_install' : 'unsupported'
  if (Notification.permission === 'denied') return 'denied'
  if (Notification.permission === 'default') return 'not_asked'
  return (await subscription()) ? 'subscribed' : 'no_subscription'
}

/**
 * Asks for permission if need be and subscribes with the relays' public key. Must run in a click. `ended`: the endpoint of
 * a subscription that the push service has ended, which not every browser hears of.
 */
export async function subscribe(vapid: string, ended?: string): Promise<Subscription | null> {
  if (!supported()) return null
  try {
    // First, before anything is awaited: iOS and Firefox ask only in direct answer to a gesture.
    if ((await Notification.requestPermission()) !== 'granted') return null
    const manager = await readyPushManager()
    if (!manager) return null
    const before = await manager.getSubscription()
    const key = vapid.replaceAll('=', '')
    if (before && ((keyOf(before) ?? key) !== key || before.endpoint === ended)) await before.unsubscribe()
    return read(await manager.subscribe({ userVisibleOnly: true, applicationServerKey: vapid }))
  } catch {
    return null
  }
}

export async function unsubscribe(): Promise<void> {
  if (!supported()) return
  try {
    const registration = await navigator.serviceWorker.getRegistration()
    for (const shown of (await registration?.getNotifications()) ?? []) shown.close()
    await (await registration?.pushManager.getSubscription())?.unsubscribe()
  } catch {
    // The push service could not be told. The relays forget the device at sign-out, which is what counts.
  }
}
