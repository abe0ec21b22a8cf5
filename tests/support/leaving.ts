/** People who leave, and whether relays still know their phones. */
import { expect } from 'vitest'
import type { UserId } from '../../src/core/ids.ts'
import { startPair, type Pair } from './pair.ts'
import { startPushService, type PushService } from './push-service.ts'
import { ringingPhone, type RingingPhone } from './ringing-phone.ts'

/** Every site has to have been up for a minute, and a second look comes a minute after the first, ms. */
export const TWO_LOOKS = 150_000
export const SITES = ['a', 'b'] as const

export interface Leaving {
  pair: Pair
  accountsOf(person: string): UserId[]
  /** Whether a relay has the phone; one that has had enough of tests has it, too. */
  isKnown(phone: RingingPhone, site: string): Promise<boolean>
  /** A phone of that person, registered at both relays. */
  phoneOf(person: string): Promise<RingingPhone>
  stop(): Promise<void>
}

export async function startLeaving(): Promise<Leaving> {
  const push: PushService = await startPushService()
  const pair = await startPair({
    relays: true,
    push: { push_hosts: [push.host] },
    extraEnv: { NODE_EXTRA_CA_CERTS: push.caFile },
    failover: { mode: 'confirm', confirm_within_s: 3600, then: 'nothing' },
  })
  async function isKnown(phone: RingingPhone, site: string): Promise<boolean> {
    const answer = await phone.test(site)
    return !('failure' in answer) || answer.failure !== 'unknown_device'
  }
  return {
    pair,
    accountsOf: (person) => SITES.map((id): UserId => `@${person}:${pair.site(id).server_name}`),
    isKnown,
    async phoneOf(person) {
      const phone = await ringingPhone(pair, push, person)
      for (const site of SITES) expect(await phone.register(site)).toBe('registered')
      expect([await isKnown(phone, 'a'), await isKnown(phone, 'b')]).toEqual([true, true])
      return phone
    },
    async stop() {
      await pair.stop()
      await push.close()
    },
  }
}
