/** What relays tell those who lead: how far an alert has got, and how many phones would ring. Rules REACH-* and FLEET-*. */
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { relayUrls } from '../../core/deployment.ts'
import type { Fleet } from '../../core/fleet.ts'
import type { AlertId } from '../../core/ids.ts'
import type { ReachReport } from '../../core/reach.ts'
import { heldBearer } from '../memory.ts'
import { usePorts } from '../ports.ts'
import { useSession } from './session.ts'

export const useFleet = defineStore('fleet', () => {
  const { relays, settings, clock } = usePorts()
  const session = useSession()
  /** The alert that was asked for last, and what each relay said of it. */
  const asked = shallowRef<{ alert: AlertId; reports: (ReachReport | null)[] } | null>(null)
  const fleet = shallowRef<Fleet | null>(null)
  /** Null: nobody was asked yet. */
  const lookedAt = ref<number | null>(null)

  const urls = () => (session.deployment ? relayUrls(session.deployment) : [])
  const bearer = () => heldBearer(settings, session.session?.device, clock.now())

  async function lookAt(alert: AlertId): Promise<void> {
    const by = await bearer()
    const reports = await Promise.all(urls().map((url) => (by ? relays.reach(url, by, alert) : null)))
    asked.value = { alert, reports }
  }

  /** Every relay has all devices: the first that answers will do. */
  async function look(): Promise<void> {
    const by = await bearer()
    let found: Fleet | null = null
    for (const url of by ? urls() : []) found ??= await relays.fleet(url, by!)
    fleet.value = found ?? fleet.value
    lookedAt.value = clock.now()
  }

  return {
    fleet,
    lookedAt,
    look,
    lookAt,
    reportsOf: (alert: AlertId) => (asked.value?.alert === alert ? asked.value.reports : null),
  }
})
