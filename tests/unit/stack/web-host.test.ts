import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Hono } from 'hono'
import { createWebApp } from '../../../src/stack/web-host.ts'

const deployment = {
  v: 1,
  serial: 1,
  app: 'http://localhost:8080',
  agency: { name: 'Amt', short: 'A' },
  space: '!s',
  sites: [
    { id: 'a', name: 'A', server_name: 'a', homeserver: 'http://localhost:8181', relay: 'http://localhost:8183' },
  ],
  monitors: [{ id: 'witness', url: 'http://localhost:8383' }],
}

let root: string
let app: Hono
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'web-'))
  const dist = join(root, 'dist')
  await mkdir(join(dist, 'assets'), { recursive: true })
  await writeFile(join(root, 'secret.txt'), 'secret')
  await writeFile(join(dist, '.hidden.txt'), 'hidden')
  await writeFile(join(dist, 'index.html'), '<!doctype html>')
  await writeFile(join(dist, 'sw.js'), 'worker')
  await writeFile(join(dist, 'assets', 'app-abc.js'), 'plain')
  await writeFile(join(dist, 'assets', 'app-abc.js.br'), brotliCompressSync('brotli'))
  await writeFile(join(dist, 'assets', 'app-abc.js.gz'), gzipSync('gzip'))
  app = createWebApp(dist, () => Promise.resolve(JSON.stringify(deployment)))
})
afterAll(() => rm(root, { recursive: true }))

const get = (path: string, headers: Record<string, string> = {}) => app.request(path, { headers })
const navigate = (path: string) => get(path, { accept: 'text/html', 'sec-fetch-mode': 'navigate' })

describe('the web host', () => {
  it.each([
    ['br, gzip', 'br'],
    ['gzip', 'gzip'],
    ['gzip, br;q=0', 'gzip'],
    ['identity', null],
  ])('sends what the build has compressed: %s → %s', async (accepted, encoding) => {
    const response = await get('/assets/app-abc.js', { 'accept-encoding': accepted })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-encoding')).toBe(encoding)
    expect(response.headers.get('vary')).toBe('accept-encoding')
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  })

  it('lets hashed files be kept for ever and asks for all others anew', async () => {
    expect((await get('/assets/app-abc.js')).headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    for (const path of ['/', '/sw.js', '/notanker.json'])
      expect((await get(path)).headers.get('cache-control'), path).toBe('no-cache')
  })

  it('says 304 to who has it already', async () => {
    const etag = (await get('/sw.js')).headers.get('etag')!
    expect((await get('/sw.js', { 'if-none-match': etag })).status).toBe(304)
  })

  it.each(['/', '/alert/0198', '/person/j.lindhorst'])('gives the app for the screen %s', async (path) => {
    const response = await navigate(path)
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('<!doctype html>')
  })

  it.each(['/assets/gone.js', '/gone.html', '/icons/gone.png'])('has no %s, nor the app instead', async (path) => {
    expect((await navigate(path)).status).toBe(404)
    expect((await get(path)).status).toBe(404)
  })

  it.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/%00',
    '/.hidden.txt',
    '/%zz',
    '/..%5csecret.txt',
  ])('never leaves its folder: %s', async (path) => {
    const response = await get(path)
    expect(response.status).toBe(404)
    expect(await response.text()).not.toMatch(/secret|hidden/)
  })

  it('gives the deployment file', async () => {
    expect(await (await get('/notanker.json')).json()).toEqual(deployment)
  })

  it('allows exactly the addresses of the deployment and sends every security header, errors included', async () => {
    for (const path of ['/', '/assets/gone.js', '/notanker.json']) {
      const { headers } = await get(path)
      const policy = headers.get('content-security-policy')!
      expect(policy).toContain(`connect-src 'self' http://localhost:8181 http://localhost:8183 http://localhost:8383;`)
      expect(policy).toContain(`default-src 'none'; script-src 'self' 'wasm-unsafe-eval';`)
      expect(policy).toContain(`require-trusted-types-for 'script'; trusted-types vue sw`)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
    }
  })
})
