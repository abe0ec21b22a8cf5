/** Notifications and the number on the icon, kept as this window knows the alerts. The same from two windows is the same. */
import { computed, watch, type App } from 'vue'
import { badgeOf } from '../core/badge.ts'
import type { AlertStands } from '../core/notice.ts'
import type { Ports } from '../core/ports.ts'
import { useAgency } from './stores/agency.ts'
import { useOutbox } from './stores/outbox.ts'
import { useSession } from './stores/session.ts'
import type { AlertView, MyResponse } from './views.ts'

function registeredAt({ delivery, at }: MyResponse): number | null {
  if (delivery === null) return at
  return delivery.state === 'taken' ? delivery.at : null
}

function standsOf({ id, phase, mine }: AlertView): AlertStands {
  const over = phase !== 'open' && phase !== 'announced'
  if (!mine) return { id, over, mine }
  const at = registeredAt(mine)
  const response = { alert: id, key: mine.option.key, at: mine.at }
  return { id, over, mine: { response, ...(at === null ? {} : { registered: { at } }) } }
}

const isSeen = () => document.visibilityState === 'visible'

export function keepNotices(app: App, { device, inbox, clock }: Ports): void {
  app.runWithContext(() => {
    const [agency, outbox, session] = [useAgency(), useOutbox(), useSession()]
    const known = computed(() => session.ready && outbox.read && agency.loaded)
    const stands = computed(() => agency.alerts.map(standsOf))
    const settle = (looked: boolean) => void device.settleNotices(stands.value, looked)

    let begun = false
    // At a change alone: what a push shows of an alert that has long been answered is not to vanish under its eyes.
    watch(
      () => known.value && JSON.stringify(stands.value),
      (now) => {
        if (!now) return
        settle(!begun && isSeen())
        begun = true
      },
      { immediate: true },
    )
    document.addEventListener('visibilitychange', () => known.value && isSeen() && settle(true))

    const alerts = computed(() => agency.alerts.filter((a) => a.waits).map(({ id }) => id))
    // What alert rooms say is counted as alerts.
    const rooms = computed(() =>
      agency.rooms.filter((room) => room.unread > 0 && room.kind !== 'alert' && !room.muted).map(({ id }) => id),
    )
    watch(rooms, (now, before) => {
      const read = before.filter((id) => !now.includes(id))
      if (read.length) void device.closeNotices(read)
    })
    watch(
      () => known.value && JSON.stringify([alerts.value, rooms.value]),
      (now) => {
        if (!now) return
        const counted = { alerts: alerts.value, rooms: rooms.value }
        device.setBadge(badgeOf({ ...counted, at: clock.now() }, [], [], [], clock.now()))
        void inbox.putCount(counted).catch(() => undefined)
      },
      { immediate: true },
    )
  })
}
