// Panels: what their menus offer.
import type { Locator, Page } from "@playwright/test";
import { expect } from "./fixture.ts";

/** The panel of a title. */
export const panel = (page: Page, title: string) => page.getByRole("region", { name: title, exact: true });

/** Opens a panel's menu, unless it is open; what it opens. */
export async function openMenu(page: Page, title: string): Promise<Locator> {
  const button = panel(page, title).getByRole("button", { name: `Menu of ${title}` });
  const menu = page.locator(`#${await button.getAttribute("popovertarget")}`);
  if (!(await menu.isVisible())) await button.click();
  await expect(menu).toBeVisible();
  return menu;
}
