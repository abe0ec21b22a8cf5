/**
 * STAND-IN for a desktop's notification service (freedesktop.org Desktop Notifications 1.2) on a D-Bus of its own.
 * Browsers started with its `address` show their notifications here, and a click here is a real one to them: headless
 * Firefox and Chromium alike.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import dbus, { type Variant } from 'dbus-next'
import { endProcess } from './process.ts'
import { program } from './programs.ts'
import { waitFor } from './wait.ts'

export interface ShownNotification {
  id: number
  app: string
  title: string
  body: string
  /** Keys of the buttons; `default` is the notification itself. */
  actions: string[]
  /** What stands on them. */
  labels: string[]
  /** 0 low, 1 normal, 2 critical: stays until somebody deals with it. */
  urgency: number | null
  /** It is to make no sound. */
  silent: boolean
  at: number
}

const { Interface } = dbus.interface

class Notifications extends Interface {
  readonly shown: ShownNotification[] = []
  /** What stands on the screen now, by id. */
  readonly standing = new Map<number, ShownNotification>()
  private lastId = 0

  constructor() {
    super('org.freedesktop.Notifications')
  }
  GetCapabilities() {
    return ['actions', 'body', 'persistence', 'icon-static']
  }
  GetServerInformation() {
    return ['notanker-tests', 'notanker', '1', '1.2']
  }
  Notify(
    app: string,
    replaces: number,
    _icon: string,
    title: string,
    body: string,
    pairs: string[],
    hints: { urgency?: Variant<number>; 'suppress-sound'?: Variant<boolean> },
  ) {
    const id = replaces || ++this.lastId
    const [actions, labels] = [0, 1].map((odd) => pairs.filter((_, index) => index % 2 === odd)) as [string[], string[]]
    const [urgency, silent] = [hints.urgency?.value ?? null, hints['suppress-sound']?.value ?? false]
    const one = { id, app, title, body, actions, labels, urgency, silent, at: Date.now() }
    this.shown.push(one)
    this.standing.set(id, one)
    return id
  }
  CloseNotification(id: number) {
    this.NotificationClosed(id, 3)
  }
  ActionInvoked(id: number, action: string) {
    return [id, action]
  }
  /** Reasons: 1 expired, 2 dismissed by the person, 3 closed by the application. */
  NotificationClosed(id: number, reason: number) {
    this.standing.delete(id)
    return [id, reason]
  }
}
Notifications.configureMembers({
  methods: {
    GetCapabilities: { outSignature: 'as' },
    GetServerInformation: { outSignature: 'ssss' },
    Notify: { inSignature: 'susssasa{sv}i', outSignature: 'u' },
    CloseNotification: { inSignature: 'u' },
  },
  signals: { ActionInvoked: { signature: 'us' }, NotificationClosed: { signature: 'uu' } },
})

export interface NotificationDaemon {
  /** For `DBUS_SESSION_BUS_ADDRESS` of a browser. */
  address: string
  /** Everything shown, in order; a replacement appears again, with the id of what it replaces. */
  shown: ShownNotification[]
  /** What stands on the screen now. */
  standing(): ShownNotification[]
  /** Waits for one whose title contains the text. */
  notification(title: string): Promise<ShownNotification>
  /** The notification itself, or the button on which `label` stands. */
  click(notification: ShownNotification, label?: string): void
  dismiss(notification: ShownNotification): void
  close(): Promise<void>
}

/** A bus without the desktop's own services: whoever asks for one, for accessibility say, must not start it. */
const busConfig = (folder: string) => `<busconfig>
  <type>session</type>
  <listen>unix:dir=${folder}</listen>
  <policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
</busconfig>`

async function startBus(folder: string): Promise<{ address: string; child: ChildProcess }> {
  const config = join(folder, 'bus.conf')
  writeFileSync(config, busConfig(folder))
  const args = [`--config-file=${config}`, '--nofork', '--nopidfile', '--print-address=1']
  const child = spawn(program('dbus-daemon'), args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`dbus-daemon has ended with ${code}`)
  })
  const [address] = (await Promise.race([once(createInterface({ input: child.stdout }), 'line'), failed])) as [string]
  failed.catch(() => undefined)
  return { address, child }
}

export async function startNotificationDaemon(): Promise<NotificationDaemon> {
  const folder = mkdtempSync(join(tmpdir(), 'notanker-bus-'))
  const { address, child } = await startBus(folder)
  const bus = dbus.sessionBus({ busAddress: address })
  const notifications = new Notifications()
  bus.export('/org/freedesktop/Notifications', notifications)
  await bus.requestName('org.freedesktop.Notifications', 0)
  const { shown, standing } = notifications
  return {
    address,
    shown,
    standing: () => [...standing.values()],
    notification: (title) =>
      waitFor(`a notification "${title}"`, () => shown.findLast((one) => one.title.includes(title))),
    click({ id, actions, labels }, label) {
      const action = label === undefined ? 'default' : actions[labels.indexOf(label)]
      if (!action) throw new Error(`no “${label}” among “${labels.join('”, “')}”`)
      notifications.ActionInvoked(id, action)
      notifications.NotificationClosed(id, 2)
    },
    dismiss: ({ id }) => void notifications.NotificationClosed(id, 2),
    async close() {
      bus.disconnect()
      await endProcess(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
