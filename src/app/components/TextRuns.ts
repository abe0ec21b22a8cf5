/** Draws the pieces of a line of other people's text: words, emphasis, links. Nothing else can come out of it. */
import { h, type FunctionalComponent, type VNodeArrayChildren } from 'vue'
import type { Link, Run } from '../runs.ts'

const look = (run: Run) => {
  if (run.text === '\n') return h('br')
  const words = run.em ? h('em', run.text) : run.text
  return run.strong ? h('strong', [words]) : words
}

function anchor(link: Link, words: VNodeArrayChildren) {
  const outside = /^https?:/i.test(link.href)
  // `bdi`: an address must not be turned round by the letters beside it.
  const shown = link.target === null ? [h('bdi', words)] : [...words, ' (', h('bdi', link.target), ')']
  const more = outside ? { target: '_blank', rel: 'noreferrer noopener' } : {}
  return h('a', { class: 'link', href: link.href, ...more }, shown)
}

/** `as` is the element that the pieces stand in; none by itself. */
export const TextRuns: FunctionalComponent<{ runs: readonly Run[]; as?: string }> = ({ runs, as }) => {
  const drawn: VNodeArrayChildren = []
  for (let i = 0; i < runs.length; i += 1) {
    const { link } = runs[i]!
    const words = [look(runs[i]!)]
    while (link && runs[i + 1]?.link === link) words.push(look(runs[(i += 1)]!))
    drawn.push(link ? anchor(link, words) : words[0]!)
  }
  return as ? h(as, drawn) : drawn
}
TextRuns.props = { runs: { type: Array, required: true }, as: { type: String } }
