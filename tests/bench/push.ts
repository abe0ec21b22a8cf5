/**
 * `push.*`: one alert to many phones. The relay as it ships, its own homeserver, a push service in a process of its own;
 * beside it in the same run what the cryptography alone costs, since a machine may be busy.
 */
import { fork } from 'node:child_process'
import { createCipheriv, createECDH, createSecretKey, hkdfSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { PersonId } from '../../src/core/ids.ts'
import { readPush } from '../../src/core/push.ts'
import { sqliteRegister } from '../../src/server/devices/sqlite.ts'
import type { Homeserver } from '../../src/server/homeserver.ts'
import { each } from '../../src/server/provision/patient.ts'
import { openStore } from '../../src/server/store.ts'
import { createPhone } from '../fakes/phone.ts'
import { makeCertificate } from '../support/certificate.ts'
import { startPair, type Pair } from '../support/pair.ts'
import { logIn, sendAlert } from '../support/rest.ts'
import { figure, type Figures } from './figure.ts'
import type { Batch, Order } from './push-sink.ts'
import type { World } from './world.ts'

const EVERYBODY = 'Alle Beschäftigten'
/** Devices that the relay knows, and of how many people in the room: each has ten. */
const [DEVICES, EACH, PEOPLE] = [100_000, 10, 500]
const RUNG = PEOPLE * EACH
/** Path of an endpoint: as long as those of the large push services. */
const pathOf = (device: number) => `/wpush/v2/${String(device).padStart(160, '0')}`

async function startSink() {
  const certificate = makeCertificate()
  const child = fork(join(import.meta.dirname, 'push-sink.ts'))
  const say = (order: Order) => void child.send(order)
  const heard = async <T>() => ((await once(child, 'message')) as [T])[0]
  const port = heard<number>()
  say({ cert: certificate.cert, key: certificate.key })
  return {
    host: `127.0.0.1:${await port}`,
    caFile: certificate.file,
    /** The next `count` pushes, each to a phone of its own. */
    batch(count: number): Promise<Batch> {
      say({ expect: count })
      return heard<Batch>()
    },
    stop() {
      child.disconnect()
      certificate.remove()
    },
  }
}

type Sink = Awaited<ReturnType<typeof startSink>>

/** Accounts at site A, in the room of all staff. */
async function hire(pair: Pair): Promise<void> {
  const [bot, room] = [await pair.bot('a'), pair.room(EVERYBODY)]
  await each([...Array(PEOPLE).keys()], 4, async (i) => {
    const user_id = `@p.${i}:${pair.site('a').server_name}`
    await bot.call('PUT', `/_synapse/admin/v2/users/${encodeURIComponent(user_id)}`, { body: {} })
    await bot.call('POST', `/_synapse/admin/v1/join/${encodeURIComponent(room)}`, { body: { user_id } })
  })
}

type Phone = ReturnType<typeof createPhone>

/** Fills the register of a relay that does not run; the phones in the room. */
async function register(folder: string, host: string): Promise<Phone[]> {
  const db = openStore(folder)
  const devices = sqliteRegister(db)
  const phones: Phone[] = []
  for (let i = 0; i < DEVICES; i++) {
    const phone = createPhone(`https://${host}${pathOf(i)}`)
    const person = `p.${Math.floor(i / EACH)}` as PersonId
    await devices.put({ id: `device-${i}`, person, device: phone.device, seen: Date.now() })
    if (phones.length < RUNG) phones.push(phone)
  }
  db.close()
  return phones
}

/** Seconds of processor time, of all its threads. Source: proc(5); a tick is 10 ms. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}
const memoryOf = (pid: number) =>
  1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1])

const bytes = (text: string) => Buffer.from(text, 'base64url')
const derive = (secret: Buffer, salt: Buffer, info: string | Buffer, length: number) =>
  Buffer.from(hkdfSync('sha256', createSecretKey(secret), salt, info, length))

/** What RFC 8291 asks for of each message, and nothing else: a pair of keys, ECDH, HKDF, AES-128-GCM. Messages a CPU second. */
function floor(phones: readonly Phone[], plain: Buffer): number {
  const keys = phones.map(({ device }) => {
    const { p256dh, auth } = device.subscription.keys
    return [bytes(p256dh), bytes(auth)] as const
  })
  const before = process.cpuUsage()
  for (const [theirs, auth] of keys) {
    const pair = createECDH('prime256v1')
    const ours = pair.generateKeys()
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), theirs, ours])
    const secret = derive(pair.computeSecret(theirs), auth, info, 32)
    const salt = randomBytes(16)
    const key = derive(secret, salt, 'Content-Encoding: aes128gcm\0', 16)
    const nonce = derive(secret, salt, 'Content-Encoding: nonce\0', 12)
    const cipher = createCipheriv('aes-128-gcm', createSecretKey(key), nonce)
    cipher.update(plain)
    cipher.final()
    cipher.getAuthTag()
  }
  const { user, system } = process.cpuUsage(before)
  return (keys.length * 1e6) / (user + system)
}

const KEYS = ['per_s', 'per_cpu_s', 'floor_per_cpu_s', 'floor_share', 'p50_ms', 'p99_ms', 'rss_bytes_100k'] as const
type Sample = Record<(typeof KEYS)[number], number>

/** One alert, to every phone in the room. */
async function ringAll(pair: Pair, manager: Homeserver, sink: Sink, phones: readonly Phone[]): Promise<Sample> {
  const pid = pair.running.describe().sites[0]!.pid.relay!
  const coming = sink.batch(RUNG)
  const before = cpuOf(pid)
  const sent = Date.now()
  // Without answers to choose from nobody is rung again.
  const alert = await sendAlert(manager, pair.room(EVERYBODY), { responses: [] })
  const { times, first, twice } = await coming
  // What is done after the last answer belongs to it.
  await pause(1_000)
  const per_cpu_s = RUNG / (cpuOf(pid) - before)
  const plain = phones[Number(first.path.split('/').at(-1))]!.read(Buffer.from(first.body, 'base64'))
  const push = readPush(plain)?.['de.notanker']
  if (push?.kind !== 'alert' || push.revision.content.id !== alert.id) throw new Error('that was another push')
  if (twice) throw new Error(`${twice} pushes came twice`)
  const floor_per_cpu_s = floor(phones, Buffer.from(JSON.stringify(plain)))
  const after = (share: number) => times[Math.ceil(RUNG * share) - 1]! - sent
  return {
    per_s: ((RUNG - 1) * 1000) / (times.at(-1)! - times[0]!),
    per_cpu_s,
    floor_per_cpu_s,
    floor_share: per_cpu_s / floor_per_cpu_s,
    p50_ms: after(0.5),
    p99_ms: after(0.99),
    rss_bytes_100k: memoryOf(pid),
  }
}

const OF: Record<keyof Sample, Parameters<typeof figure>[1]> = {
  per_s: { unit: '/s', better: 'higher' },
  per_cpu_s: { unit: '/s', better: 'higher' },
  floor_per_cpu_s: { unit: '/s', better: 'higher' },
  floor_share: { unit: 'of 1', better: 'higher', aim: 0.5 },
  p50_ms: { unit: 'ms' },
  p99_ms: { unit: 'ms' },
  rss_bytes_100k: { unit: 'B' },
}

export async function measurePush({ runs, say }: World): Promise<Figures> {
  const sink = await startSink()
  const pair = await startPair({
    relays: true,
    push: { push_hosts: [sink.host] },
    extraEnv: { NODE_EXTRA_CA_CERTS: sink.caFile },
    failover: { mode: 'confirm', confirm_within_s: 3600, then: 'nothing' },
  })
  try {
    // One relay and its homeserver are measured.
    await pair.running.kill('b')
    await hire(pair)
    say(`  ${PEOPLE} people are in the room`)
    await pair.running.kill('a', 'relay')
    const phones = await register(join(pair.running.dir, 'a', 'relay'), sink.host)
    say(`  ${DEVICES} devices are registered`)
    await pair.running.start('a')
    const manager = await logIn(pair.site('a'), 'j.lindhorst', pair.password('j.lindhorst'))
    const samples: Sample[] = []
    // The first is not counted: both sides compile.
    for (let run = -1; run < runs; run++) {
      const sample = await ringAll(pair, manager, sink, phones)
      say(`  ${JSON.stringify(sample)}`)
      if (run >= 0) samples.push(sample)
    }
    return Object.fromEntries(
      KEYS.map((key) => [
        `push.${key}`,
        figure(
          samples.map((s) => s[key]),
          OF[key],
        ),
      ]),
    )
  } finally {
    await pair.stop()
    sink.stop()
  }
}
