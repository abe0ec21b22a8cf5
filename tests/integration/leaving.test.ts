/** Who leaves the agency loses their devices at both relays, and nobody else does: shipped relays beside real homeservers. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { SITES, startLeaving, TWO_LOOKS, type Leaving } from '../support/leaving.ts'
import { waitFor } from '../support/wait.ts'

let world: Leaving
beforeAll(async () => {
  world = await startLeaving()
})
afterAll(() => world?.stop())

async function deactivate(person: string, site: 'a' | 'b'): Promise<void> {
  const [user] = world.accountsOf(person).slice(SITES.indexOf(site))
  const path = `/_synapse/admin/v1/deactivate/${encodeURIComponent(user!)}`
  await (await world.pair.bot(site)).call('POST', path, { body: { erase: false } })
}

it(
  'KEEP-3, KEEP-4: a person whose accounts are deactivated at both sites loses their devices at both relays; one who has an account left does not',
  async () => {
    const { isKnown, phoneOf } = world
    const [gone, half, colleague] = [await phoneOf('l.hansen'), await phoneOf('k.wolter'), await phoneOf('p.yildiz')]
    await deactivate('k.wolter', 'a')
    for (const site of SITES) await deactivate('l.hansen', site)
    for (const site of SITES)
      await waitFor(`relay ${site} to forget`, async () => !(await isKnown(gone, site)), 2 * TWO_LOOKS)
    expect(await gone.register('a')).toBe('refused')
    for (const phone of [half, colleague])
      expect([await isKnown(phone, 'a'), await isKnown(phone, 'b')]).toEqual([true, true])
  },
  4 * TWO_LOOKS,
)
