// Makes docs/reference/admin-api.openapi.json: the admin contract as `fairlead admin openapi` prints it.

export const file = "docs/reference/admin-api.openapi.json";

export async function make() {
  const { openApi } = await import("@fairlead/gateway");
  return JSON.stringify(openApi(), null, 2);
}
