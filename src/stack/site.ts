/** One site of the deployment: its homeserver and its relay, which can be killed, frozen and started again. */
import type { ProvisionSite } from '../server/provision/index.ts'
import type { SitePorts } from './ports.ts'
import type { Command, Processes, Running } from './processes.ts'
import { untilReady } from './ready.ts'

const PARTS = ['homeserver', 'relay'] as const
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
  /** Processes whose end is meant. */
  readonly #ending = new WeakSet<Running>()

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

  async #run(part: Part, health = part.health): Promise<void> {
    const { command } = part
    const running = await this.#processes.start(command)
    part.running = running
    void running.gone.then((how) => {
      const meant = this.#ending.has(running)
      this.#changed(meant ? null : `the ${running.name} ended by itself (${how}); its log: ${command.log}`)
    })
    this.#changed(null)
    await untilReady(running, health, command.log)
  }

  /** Those that live, of all parts or of one. */
  #alive(only?: PartName): Running[] {
    return [...this.#parts].flatMap(([name, { running }]) =>
      running?.alive && (only ?? name) === name ? [running] : [],
    )
  }

  /** Says that what is about to happen to the processes is meant. */
  expectEnd(only?: PartName): void {
    for (const running of this.#alive(only)) this.#ending.add(running)
  }

  /** As if the power went, or as if one part had crashed. Returns when the processes are gone. */
  async kill(only?: PartName): Promise<void> {
    this.expectEnd(only)
    await Promise.all(this.#alive(only).map((running) => running.kill()))
  }

  /** Brings back whatever is dead or frozen, or one part, and waits until it answers: the homeserver first. */
  async start(only?: PartName): Promise<void> {
    this.thaw()
    for (const name of PARTS) {
      const part = this.#parts.get(name)
      // A relay is well only with its homeserver, and lives without.
      const health = only === 'relay' ? `${this.relay}/v1/status` : part?.health
      if (part && (only ?? name) === name && !part.running?.alive) await this.#run(part, health)
    }
  }

  /** Connections stay open and nothing answers. */
  freeze(): void {
    for (const running of this.#alive()) running.freeze()
  }

  thaw(): void {
    for (const running of this.#alive()) running.thaw()
  }
}
