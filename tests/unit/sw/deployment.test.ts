import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { deploymentFile, isDeploymentFile } from '../../../src/sw/deployment.ts'

const file = (serial: number) =>
  JSON.stringify({
    v: 1,
    serial,
    app: 'https://app.example',
    agency: { name: 'Musteramt', short: 'MA' },
    space: '!space:a.example',
    sites: [{ id: 'a', name: 'A', server_name: 'a.example', homeserver: 'https://matrix.a.example' }],
  })
const request = new Request('https://app.example/notanker.json')
const answers = (body: string, status = 200) => (async () => new Response(body, { status })) as typeof fetch
const offline: typeof fetch = () => Promise.reject(new TypeError('failed to fetch'))
const serialOf = async (response: Response) => ((await response.json()) as { serial: number }).serial

/** Node has no Cache API: what the worker needs of it, in memory. */
function memoryCache() {
  const kept = new Map<string, Response>()
  return {
    put: async (key: string, response: Response) => void kept.set(key, response),
    match: async (key: string) => kept.get(key)?.clone(),
  }
}
beforeEach(() => {
  const cache = memoryCache()
  vi.stubGlobal('caches', { open: async () => cache })
})
afterEach(() => vi.unstubAllGlobals())

test('the network goes first, and its answer is there when the network is not', async () => {
  expect(await serialOf(await deploymentFile(request, answers(file(1))))).toBe(1)
  expect(await serialOf(await deploymentFile(request, answers(file(2))))).toBe(2)
  expect(await serialOf(await deploymentFile(request, offline))).toBe(2)
})

test.each([
  ['the log-in page of a network', answers('<!doctype html><title>Log in</title>')],
  ['an error of the host', answers('bad gateway', 502)],
  ['a file that is none', answers('{"v":1}')],
])('%s neither reaches the app nor replaces the copy', async (_, ask) => {
  await deploymentFile(request, answers(file(3)))
  expect(await serialOf(await deploymentFile(request, ask))).toBe(3)
  expect(await serialOf(await deploymentFile(request, offline))).toBe(3)
})

test('without a copy the app gets what there is', async () => {
  expect((await deploymentFile(request, answers('no such file', 404))).status).toBe(404)
  expect((await deploymentFile(request, offline)).type).toBe('error')
})

test('only the file of this origin is meant', () => {
  expect(isDeploymentFile('https://app.example/notanker.json?t=1', 'https://app.example')).toBe(true)
  expect(isDeploymentFile('https://relay.example/notanker.json', 'https://app.example')).toBe(false)
  expect(isDeploymentFile('https://app.example/', 'https://app.example')).toBe(false)
})
