/** What a Markdown page leads to, and what can be led to in it. */
import MarkdownIt from 'markdown-it'

const parser = new MarkdownIt({ html: true })

export interface Link {
  href: string
  /** What it reads. */
  text: string
  /** Of the words that are code, as `foldAlerts`. */
  code: string[]
}

const inlines = (markdown: string) => parser.parse(markdown, {}).filter((token) => token.type === 'inline')

export function linksOf(markdown: string): Link[] {
  return inlines(markdown).flatMap(({ children }) => {
    const tokens = children ?? []
    return tokens.flatMap((token, i) => {
      if (token.type === 'image') return [{ href: String(token.attrGet('src') ?? ''), text: token.content, code: [] }]
      if (token.type !== 'link_open') return []
      const inside = tokens.slice(
        i + 1,
        tokens.findIndex((t, j) => j > i && t.type === 'link_close'),
      )
      const code = inside.filter((t) => t.type === 'code_inline').map((t) => t.content)
      return [{ href: String(token.attrGet('href') ?? ''), text: inside.map((t) => t.content).join(''), code }]
    })
  })
}

/** A heading's anchor as the hosts of repositories make it: letters, digits, `-` and `_`, spaces as `-`. */
const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')

/** Texts of all headings, without their marks. */
export function headingsOf(markdown: string): string[] {
  const tokens = parser.parse(markdown, {})
  return tokens.flatMap((token, i) => {
    if (token.type !== 'heading_open') return []
    return [(tokens[i + 1]?.children ?? []).map((t) => t.content).join('')]
  })
}

/** The second heading of the same words gets `-1`, and so on. */
export function anchorsOf(markdown: string): Set<string> {
  const seen = new Map<string, number>()
  const anchors = headingsOf(markdown).map((text) => {
    const anchor = slug(text)
    const before = seen.get(anchor) ?? 0
    seen.set(anchor, before + 1)
    return before === 0 ? anchor : `${anchor}-${before}`
  })
  return new Set(anchors)
}
