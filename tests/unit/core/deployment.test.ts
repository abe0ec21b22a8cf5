import { describe, expect, it } from 'vitest'
import {
  accountAt,
  deploymentSchema,
  isBot,
  newerDeployment,
  personOf,
  readDeployment,
  siteById,
  siteOfUser,
} from '../../../src/core/deployment.ts'
import { parse } from '../../../src/core/parse.ts'
import { deploymentOf } from '../../fakes/agency.ts'

const file = deploymentOf()
const read = (changes: object) => parse(deploymentSchema, { ...file, ...changes })
const site = (changes: object) => ({ sites: [{ ...file.sites[0], ...changes }] })
const monitors = (...all: [id: string, url: string][]) => ({ monitors: all.map(([id, url]) => ({ id, url })) })

describe('the deployment file', () => {
  it('needs neither relay nor monitor', () => {
    const [{ id, name, server_name, homeserver }] = file.sites as [(typeof file.sites)[number]]
    const { v, serial, app, agency, space } = file
    const text = JSON.stringify({ v, serial, app, agency, space, sites: [{ id, name, server_name, homeserver }] })
    expect(readDeployment(text)).toMatchObject({
      ok: true,
      value: { monitors: [], failover: { mode: 'confirm' }, languages: ['de', 'en'] },
    })
  })

  it.each([
    ['no site', { sites: [] }],
    [
      'nine sites',
      { sites: Array.from({ length: 9 }, (_, i) => ({ ...file.sites[0], id: `s${i}`, server_name: `s${i}` })) },
    ],
    ['a site twice', { sites: [file.sites[0], { ...file.sites[1], id: 'a' }] }],
    ['a bot twice', { sites: [file.sites[0], { ...file.sites[1], bot: file.sites[0]!.bot }] }],
    ['an address without encryption', site({ homeserver: 'http://matrix.a.example' })],
    ['an address that is a script', site({ workplace: 'javascript:alert(1)' })],
    ['an address that is none', { imprint: 'Impressum' }],
    ['a name of a site with a slash', site({ id: 'a/b' })],
    ['SITE-11 a monitor twice', monitors(['a', 'https://a.example'], ['a', 'https://b.example'])],
    ['SITE-11 an address twice', monitors(['a', 'https://a.example'], ['b', 'https://a.example/'])],
    [
      'SITE-11 an address twice, spelled otherwise',
      monitors(['a', 'https://a.example'], ['b', 'HTTPS://A.example:443']),
    ],
  ])('is refused with %s', (_what, changes) => {
    expect(read(changes).ok).toBe(false)
  })

  it('SITE-27 may name two addresses of one homeserver', () => {
    expect(read({ sites: [file.sites[0], { ...file.sites[1], server_name: 'a.example' }] }).ok).toBe(true)
  })

  it.each(['http://localhost:8080', 'http://127.0.0.1:8080'])('may name %s', (homeserver) => {
    expect(read(site({ homeserver: `${homeserver}/` }))).toMatchObject({ ok: true, value: site({ homeserver }) })
  })

  it('RELAY-13 of two the higher serial counts, of equals the one at hand', () => {
    const [older, newer, other] = [file, { ...file, serial: 2 }, { ...file, app: 'https://other.example' }]
    expect(newerDeployment(older, newer)).toBe(newer)
    expect(newerDeployment(newer, older)).toBe(newer)
    expect(newerDeployment(older, other)).toBe(older)
    expect(newerDeployment(null, older)).toBe(older)
    expect(newerDeployment(older, null)).toBe(older)
    expect(newerDeployment(null, null)).toBeNull()
  })
})

describe('ROOM-5 a person', () => {
  it.each([
    ['@anna:a.example', 'anna'],
    ['@anna:b.example', 'anna'],
    ['@anna:elsewhere.example', '@anna:elsewhere.example'],
    ['@anna:a.example:8448', '@anna:a.example:8448'],
    ['@a.example:x', '@a.example:x'],
  ] as const)('%s is %s', (user, person) => {
    expect(personOf(file, user)).toBe(person)
  })

  it('has an account at every site', () => {
    for (const at of file.sites) {
      const account = accountAt(at, personOf(file, '@anna:a.example'))
      expect([siteOfUser(file, account)?.id, personOf(file, account)]).toEqual([at.id, 'anna'])
    }
    expect([siteById(file, 'b')?.id, siteById(file, 'x')]).toEqual(['b', undefined])
  })

  it('is no bot', () => {
    expect([isBot(file, '@bot:a.example'), isBot(file, '@bot:b.example'), isBot(file, '@anna:a.example')]).toEqual([
      true,
      true,
      false,
    ])
  })

  it('a site with a port in its name has people too', () => {
    const local = deploymentOf(['a'], site({ server_name: 'localhost:8448' }))
    expect(personOf(local, '@anna:localhost:8448')).toBe('anna')
  })
})
