// The browser of the tests and what every screen must keep: no error in the console, nothing wider than the window,
// targets large enough for gloves.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const require = createRequire(new URL('../../shared/web/package.json', import.meta.url))
const { chromium } = require('playwright-core')

const kFlags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync']
export const kTabletSizes = [[1280, 800], [800, 1280], [390, 844]]
export const kConsoleSize = [1440, 900]
const kOutput = process.env.DOUDI_WEB_OUTPUT ?? join(import.meta.dirname, 'output')
const kWaitMs = 30_000

export async function openBrowser() {
  mkdirSync(kOutput, { recursive: true })
  return chromium.launch({ executablePath: process.env.DOUDI_CHROMIUM ?? '/usr/bin/chromium', args: kFlags })
}

// A page that remembers every error. `allowed` tells which answers of a program are part of the story.
export async function openPage(browser, [width, height], allowed = () => false) {
  const context = await browser.newContext({ viewport: { width, height }, ignoreHTTPSErrors: true, locale: 'zh-CN', reducedMotion: 'reduce', timezoneId: 'Asia/Shanghai' })
  const page = await context.newPage()
  page.setDefaultTimeout(kWaitMs)
  page.errors = []
  page.on('pageerror', (error) => page.errors.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !allowed(message)) page.errors.push(`${message.text()} ${message.location().url}`)
  })
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url())
    if (protocol.startsWith('http') && hostname !== '127.0.0.1') page.errors.push(`outside resource ${request.url()}`)
  })
  return page
}

export async function picture(page, name) {
  const { width, height } = page.viewportSize()
  await page.screenshot({ path: join(kOutput, `${name}-${width}x${height}.png`) })
}

export async function nothingWiderThanTheWindow(page, where) {
  const wide = await page.evaluate(() => {
    const limit = document.documentElement.clientWidth + 1
    const inScroller = (element) => {
      for (let up = element.parentElement; up; up = up.parentElement) {
        if (['auto', 'scroll'].includes(getComputedStyle(up).overflowX) && up.scrollWidth > up.clientWidth && up.matches('.scroll-x, .el-scrollbar__wrap')) return true
      }
      return false
    }
    const list = [...document.querySelectorAll('body *')].filter((element) => {
      const box = element.getBoundingClientRect()
      return box.width > 1 && box.height > 1 && box.right > limit && !inScroller(element) && !element.closest('.sr')
    })
    const main = document.querySelector('main')
    const scrolls = document.documentElement.scrollWidth > limit || (main && main.scrollWidth > main.clientWidth + 1)
    return scrolls || list.length > 0 ? list.slice(0, 5).map((element) => `${element.tagName}.${element.className}`).concat(scrolls ? ['scrolls sideways'] : []) : []
  })
  assert.deepEqual(wide, [], `${where}: wider than the window`)
}

async function largeEnough(page, selector, least, where) {
  const small = await page.evaluate(([size, wanted]) => [...document.querySelectorAll(wanted)]
    .filter((element) => element.checkVisibility({ visibilityProperty: true }))
    .map((element) => ({ box: element.getBoundingClientRect(), element }))
    .filter(({ box }) => box.width > 0 && (box.width < size - 0.5 || box.height < size - 0.5))
    .map(({ box, element }) => `${element.tagName}.${element.className} "${element.textContent.trim().slice(0, 20)}" ${Math.round(box.width)}×${Math.round(box.height)}`), [least, selector])
  assert.deepEqual([...new Set(small)], [], `${where}: targets under ${least} px`)
}
export const targetsAreLarge = (page, least, where) => largeEnough(page, 'button, a[href], [role=button], input, textarea, select', least, where)
// The console is worked with a mouse: text fields sit in larger boxes and links in rows that open as a whole.
export const buttonsAreLarge = (page, least, where) => largeEnough(page, 'button:not(.lk), [role=button]', least, where)

// The sync sign and the emergency button stay inside the bar at the top, whatever they say, and the sign's words in it.
async function barHoldsItsButtons(page, where) {
  const outside = await page.evaluate(() => {
    const bar = document.querySelector('.tb')?.getBoundingClientRect()
    if (!bar) return []
    const sign = document.querySelector('.tb .chip')
    if (sign.querySelector('b').getBoundingClientRect().right > sign.getBoundingClientRect().right) return [sign.textContent]
    return [...document.querySelectorAll('.tb button, .tb .ttl b')].filter((element) => {
      const box = element.getBoundingClientRect()
      return box.top < bar.top - 0.5 || box.bottom > bar.bottom + 0.5
    }).map((element) => element.textContent.trim())
  })
  assert.deepEqual(outside, [], `${where}: outside the bar`)
}

// The same screen in every size of the tablet, looked at and photographed.
export async function lookAtTabletScreen(page, name, least = 60) {
  for (const [width, height] of kTabletSizes) {
    await page.setViewportSize({ width, height })
    await picture(page, name)
    await nothingWiderThanTheWindow(page, `${name} ${width}×${height}`)
    await targetsAreLarge(page, least, `${name} ${width}×${height}`)
    await barHoldsItsButtons(page, `${name} ${width}×${height}`)
  }
  await page.setViewportSize({ width: kTabletSizes[0][0], height: kTabletSizes[0][1] })
}

// Every word under `selector` has at least this size and is shown whole, in every size of the tablet.
export async function wordsAreLargeAndWhole(page, selector, least, where) {
  for (const [width, height] of kTabletSizes) {
    await page.setViewportSize({ width, height })
    const [words, bad] = await page.evaluate(([wanted, size]) => {
      const holdsText = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '')
      const isCut = (element) => {
        for (let up = element; !up.matches('main'); up = up.parentElement) {
          if (up.clientWidth > 0 && up.scrollWidth > up.clientWidth + 1) return true
          if (getComputedStyle(up).overflowY === 'hidden' && up.scrollHeight > up.clientHeight + 1) return true
        }
        return false
      }
      const found = [...document.querySelectorAll(wanted)].flatMap((root) => [...root.querySelectorAll('*')])
        .filter((element) => holdsText(element) && element.checkVisibility({ visibilityProperty: true }))
      const told = (element) => `"${element.textContent.trim().slice(0, 20)}" ${getComputedStyle(element).fontSize}`
      return [found.length, found.filter((element) => parseFloat(getComputedStyle(element).fontSize) < size - 0.01 || isCut(element)).map(told)]
    }, [selector, least])
    assert.ok(words > 0, `${where} ${width}×${height}: there are words`)
    assert.deepEqual([...new Set(bad)], [], `${where} ${width}×${height}: under ${least} px or cut`)
  }
  await page.setViewportSize({ width: kTabletSizes[0][0], height: kTabletSizes[0][1] })
}

export async function textIsInert(page, where) {
  assert.equal(await page.evaluate(() => window.hostile), undefined, `${where}: written text ran as a program`)
  assert.equal(await page.locator('img[src="x"]').count(), 0, `${where}: written text became an element`)
}
