/** The status page: HTML of a view. Works without its script; whatever comes from the deployment file is escaped by `html`. SWITCH-14. */
import { html, raw } from 'hono/html'
import type { Language } from '../../core/alert.ts'
import type { Deployment } from '../../core/deployment.ts'
import type { Condition, StatusView, Thing } from './view.ts'
import { WORDS, type Words } from './words.ts'

type Html = ReturnType<typeof html>
type State = 'well' | 'moved' | 'down' | 'unsure'

/** Drawn after Material Symbols, as in the app. */
const shape = (path: string, viewBox = '0 0 24 24') =>
  raw(
    `<svg aria-hidden="true" width="24" height="24" viewBox="${viewBox}" fill="currentColor"><path d="${path}"/></svg>`,
  )
const ANCHOR = shape(
  'M12 22c-5 0-9-3-9-7v-3l4 3-1.500 1.500c.9 1.600 3 2.900 5.500 3.300V11H8V9h3V7.800A3 3 0 1 1 13 7.800V9h3v2h-3v8.800c2.500-.4 4.600-1.700 5.500-3.300L17 15l4-3v3c0 4-4 7-9 7Zm0-16a1 1 0 1 0 0-2 1 1 0 0 0 0 2Z',
)
const CHECK = shape(
  'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm-1.600 14.600L6 12.200l1.400-1.400 3 3 6.200-6.200L18 9l-7.600 7.600Z',
)
const CROSS = shape(
  'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm4.200 12.800-1.400 1.400L12 13.400l-2.800 2.800-1.400-1.400 2.800-2.800-2.800-2.800 1.400-1.400 2.800 2.800 2.800-2.800 1.400 1.400-2.800 2.800 2.800 2.800Z',
)
const CLOCK = shape(
  'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm0 18a8 8 0 1 1 0-16 8 8 0 0 1 0 16Zm1-13h-2v6l5 3 1-1.700-4-2.300V7Z',
)
const FORK = shape(
  'M11 21v-6.200c0-2.200-.8-3.700-2.700-5.600L7 8v3H5V4.500h6.500v2h-3L10 8c.9.9 1.500 1.700 2 2.600.5-.9 1.100-1.700 2-2.600l1.500-1.500h-3v-2H19V11h-2V8l-1.300 1.200c-1.900 1.900-2.700 3.400-2.700 5.600V21h-2Z',
)

const ICON: Record<Condition, Html | ReturnType<typeof raw>> = { works: CHECK, fails: CROSS, unsure: CLOCK }
const LEAD: Record<State, Html | ReturnType<typeof raw>> = { well: CHECK, moved: FORK, down: CROSS, unsure: CLOCK }

function stateOf({ active }: StatusView): State {
  if (!active) return 'unsure'
  if (active.condition === 'fails') return 'down'
  return active.isFirst ? 'well' : 'moved'
}

/** The time where the agency is, with the day if it is another one. */
function time({ time_zone }: Deployment, language: Language, at: number, now: number): string {
  const timeZone = time_zone ?? 'Europe/Berlin'
  const locale = language === 'de' ? 'de-DE' : 'en-GB'
  const day = (ms: number) => new Intl.DateTimeFormat(locale, { timeZone, day: 'numeric', month: 'long' }).format(ms)
  const clock = new Intl.DateTimeFormat(locale, { timeZone, hour: '2-digit', minute: '2-digit' }).format(at)
  return day(at) === day(now) ? clock : `${day(at)}, ${clock}`
}

function lead(view: StatusView, words: Words, since: string | null): Html {
  const state = stateOf(view)
  const sentence = { well: words.wellAt, moved: words.movedTo, down: words.downAt, unsure: words.unsureAt }[state]
  const text = { well: words.wellText, moved: words.movedText, down: words.downText, unsure: words.unsureText }[state]
  return html`<section class="lead ${state}" aria-live="polite">
    <p class="state">
      ${LEAD[state]} ${words[state]}${view.exercise ? html` <span class="drill">${words.drill}</span>` : ''}
    </p>
    <h1>${sentence.replace('{site}', view.active?.name ?? '')}</h1>
    <p>${text}${view.exercise ? ` ${words.drillText}` : ''}</p>
    ${since === null ? '' : html`<p class="soft">${words.since} ${since}</p>`}
  </section>`
}

function row(thing: Thing, view: StatusView, language: Language, when: (at: number) => string): Html {
  const words = WORDS[language]
  const { kind, name: named, condition, since, reason } = thing
  const name = named === null ? '' : typeof named === 'string' ? named : named[language]
  const title = kind === 'site' || kind === 'service' ? name : words[kind]
  const used = view.active?.name === name ? [words.inUse] : []
  const about = {
    site: [words.site, ...used],
    sign_in: [name],
    federation: [name],
    web_host: [words.web_host_hint],
    service: [],
  }[kind]
  const why = reason === null ? [] : [words.reasons[reason] ?? reason]
  const details = [...about, ...why, ...(since === null ? [] : [`${words.since} ${when(since)}`])]
  return html`<li>
    <div>
      <h3>${title}</h3>
      <p class="soft">${details.join(' · ')}</p>
    </div>
    <p class="${condition}">${ICON[condition]} ${words.conditions[condition]}</p>
  </li>`
}

/** The whole page in one language. */
export function statusPage(deployment: Deployment, view: StatusView, language: Language): Html {
  const words = WORDS[language]
  const { agency, imprint, privacy, accessibility } = deployment
  const when = (at: number) => time(deployment, language, at, view.at)
  const link = (url: string | undefined, text: string) => (url ? html`<a href="${url}">${text}</a>` : '')
  const since = view.active?.since ?? null
  const other = language === 'de' ? 'en' : 'de'
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${words.title} – ${agency.short}</title>
        <link rel="stylesheet" href="status.css" />
        <script type="module" src="status.js"></script>
      </head>
      <body>
        <header>
          <p class="agency"><span class="mark">${ANCHOR}</span> ${agency.name}</p>
          <a href="?lang=${other}" lang="${other}" hreflang="${other}">${words.other}</a>
        </header>
        <main>
          ${lead(view, words, since === null ? null : when(since))}
          <section class="works">
            <div class="head">
              <h2>${words.works}</h2>
              <p class="soft">${words.asOf} ${when(view.at)}</p>
            </div>
            <ul>
              ${view.things.map((thing) => row(thing, view, language, when))}
            </ul>
          </section>
        </main>
        <footer>
          <nav aria-label="${words.links}">
            ${link(imprint, words.imprint)} ${link(privacy, words.privacy)} ${link(accessibility, words.accessibility)}
          </nav>
          <p class="soft">${words.plain}</p>
        </footer>
      </body>
    </html>`
}
