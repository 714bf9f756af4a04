/** The button that turns the page dark or light; it names what a press gives. */
export function wireTheme(root: Document): void {
  const button = root.querySelector<HTMLButtonElement>('.theme')
  if (button === null) return
  const system = matchMedia('(prefers-color-scheme: dark)')
  const isDark = () => (root.documentElement.dataset.theme ?? (system.matches ? 'dark' : 'light')) === 'dark'
  const say = () => {
    button.textContent = isDark() ? 'Light' : 'Dark'
    button.setAttribute('aria-label', isDark() ? 'Use the light theme' : 'Use the dark theme')
  }
  button.hidden = false
  button.addEventListener('click', () => {
    root.documentElement.dataset.theme = isDark() ? 'light' : 'dark'
    say()
  })
  system.addEventListener('change', say)
  say()
}
