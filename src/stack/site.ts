/** One site of the deployment: its homeserver and its relay, which can be killed, frozen and started again. */
import type { ProvisionSite } from '../server/provision/index.ts'
import type { SitePorts } from './ports.ts'
import type { Command, Processes, Running } from './processes.ts'
import { untilReady } from './ready.ts'

export const PARTS = ['homeserver', 'relay'] as const
export type PartName = (typeof PARTS)[number]

interface Part {
  command: Command
  health: string
  running: Running | null
}

export type SiteState = 'up' | 'frozen' | 'down'

/** Starts, ends and holds the processes of a site. `changed` is called whenever one came or went. */
export class Site {
  readonly id: string
  readonly ports: SitePorts
  readonly provision: ProvisionSite
  readonly #processes: Processes
  readonly #changed: (line: string | null) => void
  readonly #parts = new Map<PartName, Part>()

  constructor(
    provision: ProvisionSite,
    ports: SitePorts,
    processes: Processes,
    changed: (line: string | null) => void,
  ) {
    this.id = provision.id
    this.ports = ports
    this.provision = provision
    this.#processes = processes
    this.#changed = changed
  }

  get homeserver(): string {
    return `http://localhost:${this.ports.client}`
  }
  get relay(): string {
    return `http://localhost:${this.ports.relay}`
  }

  pid(part: PartName): number | null {
    const running = this.#parts.get(part)?.running
    return running?.alive ? running.pid : null
  }

  get state(): SiteState {
    const running = [...this.#parts.values()].map((part) => part.running)
    if (running.some((r) => !r?.alive)) return 'down'
    return running.some((r) => r?.frozen) ? 'frozen' : 'up'
  }

  /** Starts a part for the first time and waits until it answers. */
  async add(name: PartName, command: Command): Promise<void> {
    const base = name === 'homeserver' ? this.homeserver : this.relay
    const part: Part = { command, health: `${base}/health`, running: null }
    this.#parts.set(name, part)
    await this.#run(part)
  }

  async #run(part: Part): Promise<void> {
    const running = await this.#processes.start(part.command)
    part.running = running
    let asked = false
    this.#ending.set(running, () => (asked = true))
    void running.gone.then((how) =>
      this.#changed(asked ? null : `the ${running.name} ended by itself (${how}); log: ${part.command.log}`),
    )
    this.#changed(null)
    await untilReady(running, part.health, part.command.log)
  }

  readonly #ending = new WeakMap<Running, () => void>()
  #all(): Running[] {
    return [...this.#parts.values()].flatMap((part) => (part.running?.alive ? [part.running] : []))
  }

  /** Says that what happens to the processes from now on is meant. */
  expectEnd(): void {
    for (const running of this.#all()) this.#ending.get(running)?.()
  }

  /** As if the power went. Returns when the processes are gone. */
  async kill(): Promise<void> {
    this.expectEnd()
    await Promise.all(this.#all().map((running) => running.kill()))
  }

  /** Brings back whatever is dead or frozen, and waits until it answers: the homeserver first. */
  async start(): Promise<void> {
    this.thaw()
    for (const name of PARTS) {
      const part = this.#parts.get(name)
      if (part && !part.running?.alive) await this.#run(part)
    }
  }

  /** Connections stay open and nothing answers. */
  freeze(): void {
    for (const running of this.#all()) running.freeze()
    this.#changed(null)
  }

  thaw(): void {
    for (const running of this.#all()) running.thaw()
    this.#changed(null)
  }
}
