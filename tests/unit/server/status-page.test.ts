import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { statusSchema, type RelayStatus } from '../../../src/core/relay.ts'
import { createApp } from '../../../src/server/http/app.ts'
import { statusView } from '../../../src/server/status/view.ts'
import { deploymentOf, silentLog } from '../../fakes/agency.ts'

const NOW = Date.UTC(2026, 10, 25, 13, 36)
const file = deploymentOf(['a', 'b'], { imprint: 'https://amt.example/imprint' })

const seen = (id: string, ok: boolean | null, changes: object = {}) => {
  const [site, kind = 'web_host'] = id.split('/')
  return { id, kind, site, ok, since: NOW - 60_000, ...changes }
}
const status = (changes: object = {}): RelayStatus =>
  v.parse(statusSchema, {
    v: 1,
    relay: 'a',
    at: NOW,
    epoch: 0,
    sites: {},
    verdict: { a: 'up', b: 'up' },
    active_site: 'a',
    sent: [],
    ...changes,
  })
const MOVED = {
  verdict: { a: 'down', b: 'up' },
  active_site: 'b',
  active_since: NOW - 240_000,
  observed: [seen('a/homeserver', false, { reason: 'no answer in time' }), seen('b/homeserver', true)],
}

async function get(
  own: RelayStatus,
  path = '/',
  headers: Record<string, string> = {},
  peers: RelayStatus[] = [],
  deployment = file,
) {
  const ports = { deployment: () => deployment, status: () => own, peers: () => peers, healthy: () => true }
  const response = await createApp({ ...ports, log: silentLog, site: null }).request(path, { headers })
  return { headers: response.headers, text: (await response.text()).replace(/\s+/g, ' ') }
}

describe('SWITCH-14 the status page', () => {
  it('says which site is in use, since when, and what works', async () => {
    const { text } = await get(status(MOVED))
    expect(text).toContain('Wir arbeiten am Ausweichstandort Standort B.')
    expect(text).toContain('seit 14:32')
    expect(text).toContain('Stand 14:36')
    expect(text).toMatch(/Standort A.*antwortet nicht.*seit 14:35.*gestört/)
    expect(text).toContain('https://amt.example/imprint')
  })

  it.each([
    ['/', {}, 'de'],
    ['/status', { 'accept-language': 'en-GB,en;q=0.9,de;q=0.5' }, 'en'],
    ['/', { 'accept-language': 'fr,de;q=0.5,en;q=0.2' }, 'de'],
    ['/?lang=en', { 'accept-language': 'de' }, 'en'],
    ['/?lang=xx', {}, 'de'],
  ])('%s with %j is in %s', async (path, headers, language) => {
    const { text } = await get(status(), path, headers)
    expect(text).toContain(`<html lang="${language}">`)
    expect(text).toContain(language === 'de' ? 'Wir arbeiten am Standort' : 'We work at')
  })

  it('runs nothing but its own file, and needs not even that', async () => {
    const { headers, text } = await get(status())
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('content-security-policy')).toContain("script-src 'self'")
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe|https?:/)
    expect(text.match(/<script[^>]*>/g)).toEqual(['<script type="module" src="status.js">'])
    expect(text).not.toMatch(/style=| on\w+=/)
    const { headers: own, text: script } = await get(status(), '/status.js')
    expect([own.get('content-type'), script.length > 0]).toEqual(['text/javascript; charset=utf-8', true])
  })

  it('shows what others call themselves as text', async () => {
    const evil = { de: '<img src=x>', en: '"><script>' }
    const { text } = await get(
      status({ observed: [seen('service/x', false, { kind: 'service', name: evil, reason: '<b>' })] }),
    )
    expect(text).toContain('&lt;img src=x&gt;')
    expect(text).toContain('&lt;b&gt;')
    expect(text).not.toMatch(/<img|<b>|"><script/)
  })

  it('shows sign-in and federation of a site where the file has them looked at, and no others', async () => {
    const observed = [
      seen('a/sign_in', false, { reason: 'answers with another status than expected' }),
      seen('a/federation', true),
      seen('b/sign_in', true),
    ]
    const [a, b] = file.sites
    const looked = { ...file, sites: [{ ...a!, sign_in: 'https://id.example', federation: 'https://fed.example' }, b!] }
    const { text } = await get(status({ observed }), '/', {}, [], looked)
    expect(text).toMatch(/Anmeldung<.*Standort A · antwortet anders als erwartet.*gestört.*Verbindung zu den anderen/)
    expect(text).not.toMatch(/Anmeldung<.*Anmeldung</)
    expect((await get(status({ observed }))).text).not.toContain('Anmeldung<')
  })

  it('marks a drill', async () => {
    expect((await get(status({ ...MOVED, exercise: true }))).text).toContain('Die Umschaltung ist eine Übung.')
    expect((await get(status(MOVED))).text).not.toContain('Übung')
  })
})

describe('SWITCH-14 what the page knows', () => {
  const view = (own: object, ...peers: object[]) =>
    statusView(
      file,
      status(own),
      peers.map((p) => status(p)),
    )

  it('a witness, which knows no declaration, believes the latest of the others', () => {
    const old = { active_site: 'a', active_since: 1 }
    const own = { active_site: null, verdict: { a: 'down', b: 'up' } }
    expect(view(own, old, { active_site: 'b', active_since: 2 }).active).toMatchObject({
      name: 'Standort B',
      isFirst: false,
    })
    expect(view(own).active).toBeNull()
  })

  it('a thing works when most who look at it say so', () => {
    const by = (ok: boolean | null) => ({ observed: [seen('service/mail', ok, { kind: 'service' })] })
    const mail = (...all: (boolean | null)[]) => view(by(all[0]!), ...all.slice(1).map(by)).things.at(-1)!.condition
    expect([mail(true, true, false), mail(false, false, true), mail(true, false), mail(null)]).toEqual([
      'works',
      'fails',
      'unsure',
      'unsure',
    ])
  })

  it('a site is what the majority of the configured monitors says, not what one has seen', () => {
    const { things } = view({ verdict: { a: 'unknown', b: 'up' }, observed: [seen('a/homeserver', false)] })
    expect(things[0]).toMatchObject({ id: 'a', condition: 'unsure', reason: null })
  })
})
