// The page of a tablet, as its worker's fingers find it.
export async function enterPin(page, digits, then = '打开') {
  for (const digit of digits) await page.locator('.pin').getByRole('button', { name: digit, exact: true }).click()
  await page.locator('.pin').getByRole('button', { name: then }).click()
}

// An answer of the tablet's program that belongs to the story, as the browser reports it by itself.
export const isAnswer = (message, status, path) => message.text().includes(`status of ${status}`) && message.location().url.endsWith(path)
