/** What most monitors see, counted wrongly: both simulations have to catch each. */
import { verdicts } from '../../src/core/verdict.ts'

export const wrongVerdicts: { what: string; rule: string; verdicts: typeof verdicts }[] = [
  {
    what: 'no majority: one monitor is enough',
    rule: 'SITE-1',
    verdicts: (sites, monitors, reports) =>
      Object.fromEntries(
        sites.map((site) => {
          const seen = monitors.map((m) => reports.get(m)?.[site]?.up)
          return [site, seen.includes(false) ? 'down' : seen.includes(true) ? 'up' : 'unknown']
        }),
      ),
  },
  {
    what: 'half of the monitors is a majority',
    rule: 'SITE-1',
    verdicts: (sites, monitors, reports) => {
      const enough = (site: string, up: boolean) =>
        monitors.filter((m) => reports.get(m)?.[site]?.up === up).length >= monitors.length / 2
      return Object.fromEntries(sites.map((s) => [s, enough(s, false) ? 'down' : enough(s, true) ? 'up' : 'unknown']))
    },
  },
  {
    what: 'only the monitors that can be read are counted',
    rule: 'SITE-1',
    verdicts: (sites, monitors, reports) =>
      verdicts(
        sites,
        monitors.filter((m) => reports.has(m)),
        reports,
      ),
  },
  {
    what: 'a silent monitor is counted as "down"',
    rule: 'SITE-1',
    verdicts: (sites, monitors, reports) => {
      const down = Object.fromEntries(sites.map((site) => [site, { up: false }]))
      return verdicts(sites, monitors, new Map(monitors.map((m) => [m, reports.get(m) ?? down])))
    },
  },
]
