/**
 * The page's only script, a file of its own: looks again every half minute and puts in what has changed. The page works
 * without it. A `refresh` of the whole page would throw screen readers and whoever reads slowly back to its beginning.
 */
export const REFRESH_SCRIPT = `const look = async () => {
  const answer = await fetch(location.href).catch(() => null)
  if (!answer?.ok) return
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  for (const part of ['.lead', '.works']) {
    const [now, next] = [document, page].map((of) => of.querySelector('section' + part))
    if (now && next && !now.isEqualNode(next)) now.replaceWith(document.adoptNode(next))
  }
}
setInterval(look, 30_000)
`
