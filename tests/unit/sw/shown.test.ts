import { afterEach, expect, test, vi } from 'vitest'
import type { WorkerAccess } from '../../../src/core/ports.ts'
import { person } from '../../fakes/agency.ts'
import { tellShown } from '../../../src/sw/shown.ts'
import { ALERT, revision } from './samples.ts'

const access: WorkerAccess = {
  person: person('anna'),
  bearer: 'secret',
  relays: ['a', 'b', 'c'].map((site) => ({ site, url: `https://relay.${site}.example` })),
  offset: 0,
}
afterEach(() => vi.unstubAllGlobals())

/** What the relays answer, in their order; null: nothing. */
function answering(...statuses: (number | null)[]) {
  const asked: unknown[] = []
  vi.stubGlobal('fetch', async (url: string, init: RequestInit & { headers: Record<string, string> }) => {
    asked.push([
      new URL(url).host,
      new URL(url).pathname,
      init.headers['authorization'],
      JSON.parse(init.body as string),
    ])
    const status = statuses.shift()
    if (!status) throw new TypeError('no answer')
    return Response.json({}, { status })
  })
  return asked
}

test('REACH-2 the first relay that takes it is told which revision stands on the screen, and no other', async () => {
  const asked = answering(null, 200)
  await tellShown(revision(), { access: async () => access })
  const told = ['/v1/shown', 'Bearer secret', { v: 1, alert: ALERT, rev: 0 }]
  expect(asked).toEqual([
    ['relay.a.example', ...told],
    ['relay.b.example', ...told],
  ])
})

test('REACH-2 where nobody is signed in, or no relay takes it, it stays unknown', async () => {
  const asked = answering(404, 401, null)
  await tellShown(revision(), { access: async () => null })
  expect(asked).toEqual([])
  await tellShown(revision(), { access: async () => access })
  expect(asked).toHaveLength(3)
})
