import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { connect, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startFaultProxy, type FaultProxy } from '../../support/fault-proxy.ts'
import { waitFor } from '../../support/wait.ts'

/** A server that says everything twice, and keeps what it has heard. */
async function startEcho() {
  const heard: Buffer[] = []
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      heard.push(bytes)
      socket.write(Buffer.concat([bytes, bytes]))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return { port, destination: `localhost:${port}`, heard: () => Buffer.concat(heard).toString() }
}

interface Line {
  socket: Socket
  /** What came of the wish to connect. */
  code: number
  got(): string
  say(text: string): void
  /** How it ended; null: it has not. */
  end(): 'closed' | 'reset' | null
}

const addresses = {
  domain: (host: string) => [3, host.length, ...Buffer.from(host)],
  ipv4: (host: string) => [1, ...host.split('.').map(Number)],
  ipv6: () => [4, ...Array.from({ length: 15 }, () => 0), 1],
}

async function open(proxy: FaultProxy, host: string, port: number, kind: keyof typeof addresses = 'domain') {
  const socket = connect({ port: proxy.port, host: '127.0.0.1', noDelay: true })
  onTestFinished(() => void socket.destroy())
  let bytes = Buffer.alloc(0)
  let end: ReturnType<Line['end']> = null
  socket.on('data', (more) => (bytes = Buffer.concat([bytes, more])))
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNRESET') end = 'reset'
  })
  socket.on('close', () => (end ??= 'closed'))
  // In two pieces, as a network may cut them.
  socket.write(Buffer.from([5]))
  socket.write(Buffer.from([1, 0]))
  await waitFor('a greeting', () => bytes.length >= 2)
  socket.write(Buffer.from([5, 1, 0, ...addresses[kind](host), port >> 8, port & 255]))
  await waitFor('a reply', () => bytes.length >= 12)
  const line: Line = {
    socket,
    code: bytes[3]!,
    got: () => bytes.subarray(12).toString(),
    say: (text) => void socket.write(text),
    end: () => end,
  }
  return line
}

async function start() {
  const [proxy, echo] = await Promise.all([startFaultProxy(), startEcho()])
  onTestFinished(() => proxy.close())
  return { proxy, echo, dial: () => open(proxy, 'localhost', echo.port) }
}

/** Whatever the network lets through has gone through when a healthy connection has had its answer. */
async function settle(proxy: FaultProxy): Promise<void> {
  const other = await startEcho()
  const line = await open(proxy, '127.0.0.1', other.port)
  line.say('?')
  await waitFor('an answer elsewhere', () => line.got() === '??')
}

describe('the network of a test', () => {
  it.each([['domain', 'localhost'] as const, ['ipv4', '127.0.0.1'] as const])(
    'leads to a destination named by %s, both ways, and counts what it passes on',
    async (kind, host) => {
      const { proxy, echo } = await start()
      const line = await open(proxy, host, echo.port, kind)
      line.say('hello')
      await waitFor('the answer', () => line.got() === 'hellohello')
      expect(proxy.bytes()).toEqual({ up: 5, down: 10 })
      expect(proxy.bytes(`${host}:${echo.port}`)).toEqual({ up: 5, down: 10 })
      expect(proxy.bytes('elsewhere:1')).toEqual({ up: 0, down: 0 })
    },
  )
  it('has doors of its own for who speaks no SOCKS, with the same faults', async () => {
    const { proxy, echo } = await start()
    const door = await proxy.door({ host: 'localhost', port: echo.port })
    const call = () => {
      const socket = connect({ host: '127.0.0.1', port: door })
      onTestFinished(() => void socket.destroy())
      const heard = { text: '', reset: false }
      socket.on('data', (bytes) => (heard.text += bytes.toString())).on('error', () => (heard.reset = true))
      socket.write('hello')
      return heard
    }
    const heard = call()
    await waitFor('the answer', () => heard.text === 'hellohello')
    expect(proxy.bytes(echo.destination)).toEqual({ up: 5, down: 10 })
    proxy.set({ kind: 'refuse' }, echo.destination)
    await waitFor('the end of what was open', () => heard.reset)
    const late = call()
    await waitFor('a refusal', () => late.reset)
  })
  it('says so when nobody listens, by IPv6 too', async () => {
    const { proxy } = await start()
    expect((await open(proxy, '', 1, 'ipv6')).code).toBe(5)
  })
  it('knows which requests wait for their answers', async () => {
    const { proxy, echo, dial } = await start()
    const line = await dial()
    proxy.set({ kind: 'stall' }, echo.destination)
    line.say('GET /sync?timeout=1 HTTP/1.1\r\n\r\n')
    await waitFor('the request', () => proxy.waiting().length)
    expect(proxy.waiting(echo.destination)).toEqual(['GET /sync?timeout=1'])
    expect(proxy.waiting('elsewhere:1')).toEqual([])
    proxy.heal(echo.destination)
    await waitFor('the answer', () => proxy.waiting().length === 0)
    proxy.set({ kind: 'halfopen' })
    line.say('GET /again HTTP/1.1\r\n\r\n')
    await waitFor('the request', () => proxy.waiting().join() === 'GET /again')
    line.socket.end()
    await waitFor('the end of the wait', () => proxy.waiting().length === 0)
  })
  it('knows what was asked, and how much came in answer', async () => {
    const { proxy, echo, dial } = await start()
    const line = await dial()
    line.say('GET /a HTTP/1.1\r\n\r\n')
    await waitFor('the answer', () => line.got().length === 38)
    line.say('GET /b HTTP/1.1\r\n')
    line.say('x: y\r\n\r\n')
    await waitFor('the other answer', () => line.got().length === 38 + 34 + 16)
    const asked = [
      { request: 'GET /a', bytes: 38 },
      { request: 'GET /b', bytes: 50 },
    ]
    expect(proxy.answers()).toMatchObject(asked)
    expect(proxy.answers(echo.destination)).toMatchObject(asked)
    expect(proxy.answers('elsewhere:1')).toEqual([])
  })
  it('passes large things on without holding them', async () => {
    const { echo, dial } = await start()
    const line = await dial()
    const large = 'x'.repeat(3_000_000)
    line.say(large)
    await waitFor('all of it', () => line.got().length === 2 * large.length)
    expect(echo.heard().length).toBe(large.length)
  })
  it('closes one end when the other is closed', async () => {
    const { dial } = await start()
    const line = await dial()
    line.socket.end()
    await waitFor('the end', () => line.end() === 'closed')
  })

  it('refuse: nobody listens, and what was open is reset', async () => {
    const { proxy, echo, dial } = await start()
    const line = await dial()
    proxy.set({ kind: 'refuse' }, echo.destination)
    await waitFor('the end', () => line.end() === 'reset')
    expect((await dial()).code).toBe(5)
    proxy.heal()
    expect((await dial()).code).toBe(0)
  })
  it('reset: what is open, and what is opened', async () => {
    const { proxy, dial } = await start()
    const old = await dial()
    proxy.set({ kind: 'reset' })
    await waitFor('the end', () => old.end() === 'reset')
    const line = await dial()
    line.say('hello')
    await waitFor('the end', () => line.end() === 'reset')
  })
  it('blackhole: nothing arrives, nothing comes back, and never will on that connection', async () => {
    const { proxy, echo, dial } = await start()
    const old = await dial()
    proxy.set({ kind: 'blackhole' }, echo.destination)
    const line = await dial()
    old.say('old')
    line.say('new')
    await settle(proxy)
    proxy.heal()
    old.say('again')
    line.say('again')
    await settle(proxy)
    expect([line.code, line.got(), line.end(), old.got(), old.end(), echo.heard()]).toEqual([0, '', null, '', null, ''])
  })
  it('stall: nothing moves, and then everything goes on where it was', async () => {
    const { proxy, echo, dial } = await start()
    const old = await dial()
    proxy.set({ kind: 'stall' }, echo.destination)
    const line = await dial()
    old.say('old')
    line.say('new')
    await settle(proxy)
    expect([old.got(), line.got(), echo.heard()]).toEqual(['', '', ''])
    proxy.heal(echo.destination)
    await waitFor('both answers', () => old.got() === 'oldold' && line.got() === 'newnew')
  })
  it('halfopen: it arrives, and the answer never does', async () => {
    const { proxy, echo, dial } = await start()
    const line = await dial()
    proxy.set({ kind: 'halfopen' }, echo.destination)
    line.say('hello')
    await waitFor('the request', () => echo.heard() === 'hello')
    await settle(proxy)
    proxy.heal()
    line.say('again')
    await waitFor('the second request', () => echo.heard() === 'helloagain')
    await settle(proxy)
    expect([line.got(), line.end()]).toEqual(['', null])
  })
  it('cut: so many bytes come down, then a reset', async () => {
    const { proxy, dial } = await start()
    const line = await dial()
    line.say('a')
    await waitFor('what came before', () => line.got() === 'aa')
    proxy.set({ kind: 'cut', after: 3 })
    line.say('12')
    await waitFor('the end', () => line.end() === 'reset')
    // A reset may overtake what is still on its way to the reader.
    expect('aa121').toContain(line.got())
  })
  it('unanswered: what reads is answered, what writes arrives and is not', async () => {
    const { proxy, echo, dial } = await start()
    const line = await dial()
    proxy.set({ kind: 'unanswered' })
    line.say('OPTIONS ')
    await waitFor('the answer', () => line.got() === 'OPTIONS OPTIONS ')
    line.say('PUT /x')
    await waitFor('the end', () => line.end() === 'reset')
    expect([echo.heard(), line.got()]).toEqual(['OPTIONS PUT /x', 'OPTIONS OPTIONS '])
  })
  it('bad_gateway: each request gets a page of somebody else', async () => {
    const { proxy, echo, dial } = await start()
    const old = await dial()
    proxy.set({ kind: 'bad_gateway' })
    await waitFor('the end', () => old.end() === 'reset')
    const line = await dial()
    line.say('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}')
    await waitFor('the end', () => line.end() === 'closed')
    expect(line.got()).toMatch(/^HTTP\/1\.1 502 [\s\S]*<h1>502/)
    expect(echo.heard()).toBe('')
  })
  it('slow: a byte after the other, and at once when it is over', async () => {
    const { proxy, echo, dial } = await start()
    proxy.set({ kind: 'slow', bytes_per_s: 20 })
    const line = await dial()
    line.say('x'.repeat(1000))
    await waitFor('some of it', () => proxy.bytes().up > 0)
    expect(proxy.bytes().up).toBeLessThan(1000)
    proxy.heal()
    await waitFor('all of it', () => echo.heard().length === 1000)
    await waitFor('all answers', () => line.got().length === 2000)
  })
  it('slow: late, but as fast as ever', async () => {
    const { proxy, dial } = await start()
    proxy.set({ kind: 'slow', latency_ms: 200 })
    const line = await dial()
    const before = performance.now()
    line.say('x'.repeat(100_000))
    await waitFor('all answers', () => line.got().length === 200_000)
    expect(performance.now() - before).toBeGreaterThanOrEqual(200)
  })
})
