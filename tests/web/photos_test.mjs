// A photo added on the tablet's page is on its way after the emergency it belongs to, and is seen in the console: larger
// at a click, closed by Esc. Real browser, real programs.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { kConsoleSize, kTabletSizes, lookAtTabletScreen, openBrowser, openPage, picture } from './browser.mjs'
import { signIn } from './desk.mjs'
import { kPin, Story } from './district.mjs'
import { enterPin } from './tablet.mjs'

const story = new Story()
let browser
let tablet
let desk

// A real JPEG of the browser with an EXIF segment behind its first two bytes.
async function photoWithPlace(page) {
  const base64 = await page.evaluate(() => {
    const canvas = document.createElement('canvas')
    canvas.width = 3000
    canvas.height = 2000
    const context = canvas.getContext('2d')
    for (let x = 0; x < 3000; x += 50) {
      context.fillStyle = `hsl(${x % 360} 70% 50%)`
      context.fillRect(x, 0, 50, 2000)
    }
    return canvas.toDataURL('image/jpeg').split(',')[1]
  })
  const plain = Buffer.from(base64, 'base64')
  const place = Buffer.from('Exif\0\0GPS-39.0851N-117.3134E')
  const head = Buffer.from([0xff, 0xe1, 0, place.length + 2])
  return Buffer.concat([plain.subarray(0, 2), head, place, plain.subarray(2)])
}

before(async () => {
  browser = await openBrowser()
  await story.prepare()
  await story.startServer()
  story.address = await story.startTablet()
})
after(async () => {
  await browser?.close()
  await story.end()
})

test('a photo of an emergency is previewed, sent last and seen in the console', async () => {
  tablet = await openPage(browser, kTabletSizes[0])
  await tablet.goto(story.address)
  await enterPin(tablet, kPin)
  await tablet.locator('.td').waitFor()

  await tablet.goto(`${new URL(story.address).origin}/#/emergency`)
  await tablet.getByRole('button', { name: '不在名单里' }).click()
  await tablet.getByLabel('在哪里').fill('柳溪里 2号楼门口')
  await tablet.locator('.five').getByRole('radio').filter({ hasText: '急病' }).click()
  await tablet.locator('.five textarea').fill('老人倒在楼下，叫不醒')
  const photo = await photoWithPlace(tablet)
  await tablet.locator('.pics input[type=file]').setInputFiles([
    { name: 'one.jpg', mimeType: 'image/jpeg', buffer: photo }, { name: 'two.jpg', mimeType: 'image/jpeg', buffer: photo },
  ])
  await tablet.locator('.pics img').nth(1).waitFor()
  await lookAtTabletScreen(tablet, 'emergency-photos')
  await tablet.locator('.pics').getByRole('button', { name: '删掉' }).first().click()
  await tablet.locator('.pics img').nth(1).waitFor({ state: 'detached' })
  assert.equal(await tablet.locator('.pics img').count(), 1)
  await tablet.getByRole('button', { name: '保存并上报' }).click()

  await tablet.goto(`${new URL(story.address).origin}/#/problems`)
  await tablet.locator('.pics small[data-state=uploaded]').waitFor()
  assert.deepEqual(tablet.errors, [])

  desk = await openPage(browser, kConsoleSize, (message) => /status of 401/.test(message.text()))
  await desk.goto(story.url)
  await signIn(desk)
  const lead = await desk.evaluate(async () => (await (await fetch('/v1/duty')).json()).items[0].lead_id)
  await desk.goto(`${story.url}/#/lead/${lead}`)
  const thumb = desk.locator('.pics li[data-state=stored] img')
  await thumb.waitFor()
  await desk.waitForFunction(() => document.querySelector('.pics .thumb img').naturalWidth > 0)
  // Scaled to 2048 pixels on the tablet's page.
  assert.deepEqual(await thumb.evaluate((image) => [image.naturalWidth, image.naturalHeight]), [2048, 1365])
  const stored = Buffer.from(await thumb.evaluate(async (image) => [...new Uint8Array(await (await fetch(image.src)).arrayBuffer())]))
  assert.equal(stored.includes('GPS-39'), false)
  assert.equal(stored.includes('Exif'), false)
  await desk.locator('.pics .thumb').click()
  await desk.locator('.large img').waitFor()
  await picture(desk, 'console-photo')
  await desk.keyboard.press('Escape')
  await desk.locator('.large').waitFor({ state: 'detached' })
  assert.deepEqual(desk.errors, [])
})
