// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from 'vitest'
import type { Matrix } from '../../../../src/core/ports.ts'
import type { RefuseReason } from '../../../../src/core/outbox.ts'
import { personId } from '../../../../src/core/ids.ts'
import { parse } from '../../../../src/core/parse.ts'
import { advise, whatWorks } from '../../../../src/app/screens/connection/works.ts'
import { deploymentOf } from '../../../fakes/agency.ts'
import { NOW, sessionOf, TEAM } from '../../../fakes/sample.ts'
import { settled } from '../../../support/mount.ts'
import { openApp } from '../frame/open.ts'

let close = () => {}
afterEach(() => close())
const open = async (things: Parameters<typeof openApp>[0] = {}) => {
  const app = await openApp({ path: '/readiness', ...things })
  close = app.close
  return app
}
type App = Awaited<ReturnType<typeof open>>

/** Anna writes into her team's room; `refused` gives the reason why no site takes it. */
async function write({ ports }: App, body: string, refused?: RefuseReason) {
  const person = parse(personId, 'anna')
  if (!person.ok) throw new Error(person.reason)
  const client_id = ports.clock.uuid()
  const content = { msgtype: 'm.text', body }
  const payload = { kind: 'event', room: TEAM!, type: 'm.room.message', content } as const
  await ports.outbox.add([{ client_id, person: person.value, created: NOW, payload }])
  const item = (await ports.outbox.all()).find((i) => i.client_id === client_id)!
  if (refused) {
    const delivery = { state: 'refused', reason: refused, at: NOW } as const
    await ports.outbox.change([item.client_id], (i) => ({ ...i, delivery }))
  }
  await settled()
}

describe('Bereitschaft', () => {
  const items = ({ screen }: App) => screen.findAll('.item').map((item) => item.get('h2').text())

  it('READY-1 names what is open first, with its button, and what was proven after it', async () => {
    const deployment = deploymentOf(['a', 'b'], { vapid_public_key: 'key' })
    const app = await open({ deployment, device: { installed: () => true } })
    expect(items(app).at(0)).toMatch(/^Offen: /)
    expect(items(app).some((title) => title === 'Nachgewiesen: Als App installiert')).toBe(true)
    const order = items(app).map((title) => title.startsWith('Nachgewiesen'))
    expect(order).toEqual(order.toSorted((a, b) => Number(a) - Number(b)))
    expect(app.find('Klingeln erlauben')).toBeDefined()
  })

  it('READY-2 permission alone proves nothing; READY-5 a proof says when it was made', async () => {
    const allowed = await open({ device: { pushState: () => Promise.resolve('subscribed') } })
    expect(allowed.screen.text()).not.toContain('Probealarm empfangen')
    close()
    const app = await open({ device: { installed: () => true } })
    expect(app.screen.get('.item.proven .line').text()).toMatch(/Geprüft \d\d:\d\d\.$/)
  })

  it('says what to do in each answer of the device, in the guide of its platform', async () => {
    const { screen, tap } = await open({ device: { platform: 'ios' } })
    await tap('Installieren')
    expect(screen.get('dialog').text()).toContain('Teilen')
    await tap('Anleitung für Android')
    expect(screen.get('dialog').text()).toContain('Menü')
  })

  it('SIGN-1 makes up for a site that is missing, with the password only', async () => {
    const matrix: Partial<Matrix> = {
      signIn: (site, user) =>
        Promise.resolve({ account: sessionOf(user).accounts.find((a) => a.site === site.id)!, name: 'Anna Berg' }),
    }
    const { screen, tap } = await open({ session: sessionOf('anna', ['b']), matrix })
    expect(screen.text()).toContain('Bei Standort A noch nicht angemeldet')
    await tap('Jetzt anmelden')
    expect(screen.get('dialog input[autocomplete=username]').attributes('readonly')).toBeDefined()
    await screen.get('dialog input[autocomplete=current-password]').setValue('x')
    await screen.get('dialog form').trigger('submit')
    await settled()
    expect(screen.find('dialog').exists()).toBe(false)
    expect(screen.text()).not.toContain('noch nicht angemeldet')
  })

  it('SIGN-4 names what is still in the outbox before it signs out, and then deletes it', async () => {
    const app = await open()
    await write(app, 'Drei Personen fehlen noch.')
    await app.tap('Abmelden')
    expect(app.screen.get('dialog').text()).toContain('1 Eintrag ist noch nicht zugestellt')
    expect(app.screen.get('dialog').text()).toContain('Drei Personen fehlen noch.')
    await app.tap('Angemeldet bleiben')
    expect(await app.ports.outbox.all()).toHaveLength(1)
    await app.tap('Abmelden')
    await app.tap('Abmelden und löschen')
    expect(await app.ports.outbox.all()).toEqual([])
    expect(document.title).toBe('Anmelden – Notanker')
  })
})

describe('Verbindung', () => {
  const path = '/connection'

  it('APP-4 says which site is in use, since when, and when it was last heard', async () => {
    const { screen } = await open({ path })
    expect(screen.get('.exchange').text()).toMatch(/^Letzter Austausch \d\d:\d\d:\d\d, über Standort A$/)
    expect(screen.findAll('.site').map((site) => site.get('.state').text())).toEqual(['aktiv', 'bereit'])
  })

  it('OUT-11 shows what was refused and why, and takes it up again when it is told to', async () => {
    const app = await open({ path })
    await write(app, 'Plan als Foto', 'too_large')
    expect(app.screen.text()).toContain('Abgelehnt: zu groß')
    expect(app.screen.text()).toContain('Entscheiden Sie unten: 1 Eintrag wurde abgelehnt.')
    await app.tap('Noch einmal senden')
    expect((await app.ports.outbox.all()).map((i) => i.delivery.state)).toEqual(['saved'])
  })

  it('throws nothing away before it was shown once more', async () => {
    const app = await open({ path })
    await write(app, 'Bin unterwegs')
    await app.tap('Nicht senden')
    expect(app.screen.get('dialog').text()).toContain('Bin unterwegs')
    await app.tap('Behalten')
    expect(await app.ports.outbox.all()).toHaveLength(1)
    await app.tap('Nicht senden')
    await app.tap('Löschen')
    expect(await app.ports.outbox.all()).toEqual([])
  })

  it('APP-3 reading works in every state, and what is written waits where it cannot go out', () => {
    expect(whatWorks({ state: 'moved' })).toMatchObject({ sends: true, workplace: false })
    expect(whatWorks({ state: 'normal' })).toMatchObject({ sends: true, workplace: true })
    for (const state of ['seeking', 'trouble', 'offline', 'signed_out'] as const)
      expect(whatWorks({ state }).sends).toBe(false)
  })

  it('asks of the person only what nobody else can do', () => {
    const moved = { state: 'moved', site: 'STACKIT', since: 1, asOf: 1 } as const
    const site = { id: 'b', name: 'STACKIT', reason: 'expired' } as const
    expect(advise(moved, [], 0)).toEqual({ kind: 'nothing', state: 'moved' })
    expect(advise(moved, [site], 0)).toEqual({ kind: 'sign_in', site })
    expect(advise(moved, [{ ...site, reason: 'locked' }], 0)).toEqual({ kind: 'locked', site: 'STACKIT' })
    const cut = (what: 'network' | 'sites') => ({ state: 'offline' as const, asOf: null, waiting: 0, cut: what })
    expect(advise(cut('network'), [site], 0)).toEqual({ kind: 'nothing', state: 'offline' })
    // Where there is a network, a site that nobody has signed in at may be the one that answers.
    expect(advise(cut('sites'), [site], 0)).toEqual({ kind: 'sign_in', site })
    expect(advise(moved, [site], 2)).toEqual({ kind: 'refused', count: 2 })
    expect(advise({ ...moved, device: 'full' }, [site], 2)).toEqual({ kind: 'device', trouble: 'full' })
  })
})
