import { type ComponentChildren, h, type JSX } from 'preact'
import { PAGE_ASSETS } from './generated/page-assets.ts'

/** Nothing but this page's own style, script and drawn icon: no request leaves it, from a server or from a file. */
const POLICY = [
  "default-src 'none'",
  `style-src '${PAGE_ASSETS.styleHash}'`,
  `script-src '${PAGE_ASSETS.scriptHash}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** The whole document of a report: its parts in their order, and how charts are read. */
export function Page({ name, children }: { name: string; children?: ComponentChildren }): JSX.Element {
  return h(
    'html',
    { lang: 'en' },
    h(
      'head',
      null,
      h('meta', { charset: 'utf-8' }),
      h('meta', { 'http-equiv': 'Content-Security-Policy', content: POLICY }),
      h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      h('meta', { name: 'referrer', content: 'no-referrer' }),
      h('meta', { name: 'color-scheme', content: 'light dark' }),
      h('title', null, `${name} · Hindcast`),
      h('link', { rel: 'icon', href: 'data:,' }),
      h('style', { dangerouslySetInnerHTML: { __html: PAGE_ASSETS.style } }),
    ),
    h(
      'body',
      null,
      h('main', null, children, h(Footer, null)),
      h('script', { dangerouslySetInnerHTML: { __html: PAGE_ASSETS.script } }),
    ),
  )
}

function Footer(): JSX.Element {
  return h(
    'footer',
    null,
    'Point at a chart of days, or focus it and use the arrow keys, to read a day on all of them. ',
    h('kbd', null, 't'),
    ' opens the table of a chart, ',
    h('kbd', null, 'c'),
    ' copies its numbers as CSV.',
  )
}
