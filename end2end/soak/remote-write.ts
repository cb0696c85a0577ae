// A request of Prometheus remote write 1.0, by hand: <https://prometheus.io/docs/specs/prw/remote_write_spec/>.
// Its protobuf message is packed with snappy, which may be nothing but literals.

export type Series = { labels: [name: string, value: string][]; at_ms: number; value: number };

/** Sends one sample of each series; the status that it is answered with, and the text. */
export async function write(url: string, all: Series[]): Promise<{ status: number; text: string }> {
  const headers = {
    "content-type": "application/x-protobuf",
    "content-encoding": "snappy",
    "x-prometheus-remote-write-version": "0.1.0",
  };
  const body = packed(Buffer.concat(all.map((series) => field(1, timeSeries(series)))));
  const answer = await fetch(`${url}/api/v1/write`, { method: "POST", headers, body });
  return { status: answer.status, text: await answer.text() };
}

function timeSeries({ labels, at_ms, value }: Series): Buffer {
  const names = labels.map(([name, text]) =>
    field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(text))])),
  );
  const number = Buffer.alloc(9);
  number.writeUInt8((1 << 3) | 1); // field 1, 64 bits
  number.writeDoubleLE(value, 1);
  const sample = Buffer.concat([number, varint(2 << 3), varint(at_ms)]);
  return Buffer.concat([...names, field(2, sample)]);
}

/** A field whose length stands before it. */
function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(content.length), content]);
}

function varint(number: number): Buffer {
  const bytes: number[] = [];
  // No shifts: times have more than 32 bits.
  for (; number >= 0x80; number = Math.floor(number / 0x80)) bytes.push((number % 0x80) | 0x80);
  return Buffer.from([...bytes, number]);
}

/** Snappy's block format: the length, then literals of at most 64 KiB, each behind its tag. */
function packed(plain: Buffer): Buffer {
  const parts = [varint(plain.length)];
  for (let from = 0; from < plain.length; from += 65_536) {
    const literal = plain.subarray(from, from + 65_536);
    const tag = Buffer.from([61 << 2, 0, 0]); // the length less one follows in two bytes
    tag.writeUInt16LE(literal.length - 1, 1);
    parts.push(tag, literal);
  }
  return Buffer.concat(parts);
}
