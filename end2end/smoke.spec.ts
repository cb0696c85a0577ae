// The least there is: the product starts, shows a page, and ends well.
import { expect, test } from "./fixture.ts";

test("the first page has a heading", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
});
