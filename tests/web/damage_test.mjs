// What a worker reads when the tablet's files are not what they were, and the way on: real files, a real browser.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { kTabletSizes, lookAtTabletScreen, openBrowser, openPage, wordsAreLargeAndWhole } from './browser.mjs'
import { kPin, Story } from './district.mjs'
import { enterPin, isAnswer } from './tablet.mjs'

const kPageBytes = 4096
const kSmallestTextPx = 18
const kLastPages = 3
const story = new Story()
const folder = join(story.root, 'tablet')
const store = join(folder, 'field.db')
let browser

before(async () => {
  browser = await openBrowser()
  await story.prepare()
  await story.startServer()
  await story.enrol('tablet', story.duties[0].worker)
})
after(async () => {
  await browser?.close()
  await story.end()
})

async function openTablet() {
  const program = await story.serveTablet('tablet')
  const page = await openPage(browser, kTabletSizes[0], (message) => isAnswer(message, 409, '/api/unlock'))
  await page.goto(program.line)
  await page.locator('.pin').waitFor()
  return { page, close: async () => { await page.context().close(); await program.stop() } }
}

// The first PIN finds out, the second one goes on.
async function goOnAfter(words, button, picture) {
  const { page, close } = await openTablet()
  await enterPin(page, kPin)
  await page.getByRole('alert').filter({ hasText: words }).waitFor()
  await lookAtTabletScreen(page, picture)
  await wordsAreLargeAndWhole(page, '.col', kSmallestTextPx, picture)
  await enterPin(page, kPin, button)
  await page.locator('.td .next').waitFor()
  assert.deepEqual(page.errors, [])
  await close()
}

test('records that went missing are told before the tablet opens, and again only when more go missing', async () => {
  const earlier = readFileSync(store)
  await story.field('tablet', ['household', 'add', '--door', '99号楼 1门'])
  writeFileSync(store, earlier)
  await goOnAfter('有存过的记录找不到了', '仍要打开', 'unlock-lost')
  assert.ok(readdirSync(folder).some((name) => name.startsWith('damaged-')), 'the files are kept as they were found')
  const { page, close } = await openTablet()
  await enterPin(page, kPin)
  await page.locator('.td .next').waitFor()
  await close()
})

test('a damaged store is rescued at a button', async () => {
  const bytes = readFileSync(store)
  for (let at = 100; at < bytes.length; at += 8 * kPageBytes) bytes[at] ^= 1
  writeFileSync(store, bytes)
  await goOnAfter('平板的数据有损坏', '修复', 'unlock-damaged')
  const { findings } = await story.field('tablet', ['verify'])
  assert.deepEqual(findings, [])
})

async function takePhoto() {
  const page = await browser.newPage()
  const url = await page.evaluate(() => {
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = 1200
    const context = canvas.getContext('2d')
    for (let x = 0; x < 1200; x += 10) {
      context.fillStyle = `hsl(${x % 360} 70% 50%)`
      context.fillRect(x, x, 400, 400)
    }
    return canvas.toDataURL('image/jpeg')
  })
  await page.close()
  const file = join(story.root, 'photo.jpg')
  writeFileSync(file, Buffer.from(url.split(',')[1], 'base64'))
  return file
}

// A photo lies on pages of its own at the end, which nothing reads before it is sent.
test('what is found to be damaged while the tablet is open is told in the sync sign, which leads to the rescue', async () => {
  const { due } = await story.field('tablet', ['due'])
  const report = ['lead', '--household', due[0].household, '--category', '照料', '--grade', '2', '--description', '腿脚不便']
  await story.field('tablet', [...report, '--photo', await takePhoto()])
  const bytes = readFileSync(store)
  for (let page = 1; page <= kLastPages; ++page) bytes[bytes.length - page * kPageBytes + 100] ^= 1
  writeFileSync(store, bytes)
  const { page, close } = await openTablet()
  await enterPin(page, kPin)
  await page.locator('.td .next').waitFor()
  const sign = page.locator('.tb .chip').filter({ hasText: '数据有损坏' })
  await sign.waitFor()
  await lookAtTabletScreen(page, 'sign-damaged')
  await sign.click()
  await page.getByRole('alert').filter({ hasText: '平板的数据有损坏' }).waitFor()
  await enterPin(page, kPin, '修复')
  await page.locator('.td .next').waitFor()
  await page.locator('.tb .chip').filter({ hasText: '数据有损坏' }).waitFor({ state: 'detached' })
  assert.deepEqual(page.errors, [])
  await close()
})
