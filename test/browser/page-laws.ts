/** A text that would run, were it not escaped. */
export const HOSTILE = `</script><script>alert(1)</script><img src=x onerror=alert(2)>"' onload=alert(3) \u202e&lt;`

const MAX_BYTES = 5_000_000

/** What people read of a page: no script, style or markup, and nothing of the computation as JSON. */
export function seenText(html: string): string {
  return html
    .replaceAll(/<(script|style)>.*?<\/\1>/gs, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/&quot;[^&]*&quot;: null/g, '')
    .replaceAll('&#39;', "'")
}

/** Marks of a drawing that hold a number which is none. */
export function drawnFaults(html: string): string[] {
  const marks = html.match(/<(?:path|line|text|svg)[^>]*>/g) ?? []
  return marks.filter((tag) => /NaN|Infinity|undefined/.test(tag.replaceAll(/aria-label="[^"]*"/g, '')))
}

/** Where a page of a report breaks a rule that holds for every kind. */
export function pageFaults(html: string): string[] {
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]!)
  const wanted = [...html.matchAll(/popovertarget="([^"]+)"/g)].map((match) => match[1]!)
  const figures = html.match(/<figure.*?<\/figure>/gs) ?? []
  const rules: [fault: string, broken: boolean][] = [
    ['an id stands twice', new Set(ids).size !== ids.length],
    ['a term has no definition', wanted.some((id) => !ids.includes(id))],
    ['it asks for something outside itself', /\b(?:src|href)="(?!data:,|#)|url\(|@import|https?:\/\//.test(html)],
    ['people read a number that is none', /\bNaN\b|\bundefined\b|\[object|\bnull\b/.test(seenText(html))],
    ['it is 5 MB or more', Buffer.byteLength(html) >= MAX_BYTES],
    ['it has no policy', !/http-equiv="Content-Security-Policy" content="default-src 'none'/.test(html)],
  ]
  return [
    ...rules.filter(([, broken]) => broken).map(([fault]) => fault),
    ...drawnFaults(html),
    ...figures.flatMap(figureFaults),
  ]
}

function figureFaults(figure: string): string[] {
  const name = /id="([^"]+)"/.exec(figure)?.[1]
  const named = /<svg class="chart" role="img" aria-label="[^"]{8,}"|<table class="[^"]+"><caption|class="one-point"/
  return [
    ...(named.test(figure) ? [] : [`figure ${name} has no chart with an accessible name`]),
    ...(/<summary>Table<\/summary>.*<table class="numbers"><caption>.+<tbody>/s.test(figure)
      ? []
      : [`figure ${name} has no table`]),
  ]
}
