// A WebSocket without anything around it: a thousand of them leave room to measure the other side. Frames
// are handed on as they arrive, unread. (The WebSocket of node itself is not there in version 20.)
import { randomBytes } from "node:crypto";
import { connect, type Socket as Stream } from "node:net";

const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

export class Socket {
  private rest = Buffer.alloc(0);
  private greeted = false;

  private constructor(
    private readonly stream: Stream,
    private readonly heard: (text: Buffer) => void,
    opened: () => void,
  ) {
    stream.setNoDelay(true).on("data", (part: Buffer) => {
      this.rest = this.rest.length === 0 ? part : Buffer.concat([this.rest, part]);
      if (!this.greeted) {
        const end = this.rest.indexOf("\r\n\r\n");
        if (end < 0) return;
        const status = this.rest.subarray(0, 12).toString();
        if (status !== "HTTP/1.1 101") return void stream.destroy(new Error(status));
        this.rest = this.rest.subarray(end + 4);
        this.greeted = true;
        opened();
      }
      this.read();
    });
  }

  /** Opens one; `heard` gets every text, `ended` is called when the other side ends it. */
  static open(url: string, heard: (text: Buffer) => void, ended: () => void): Promise<Socket> {
    const { host, hostname, port, pathname } = new URL(url);
    return new Promise((resolve, reject) => {
      const stream = connect(Number(port), hostname);
      const socket = new Socket(stream, heard, () => resolve(socket));
      stream.on("error", reject).on("close", ended);
      const key = randomBytes(16).toString("base64");
      const head = ["Upgrade: websocket", "Connection: Upgrade", `Sec-WebSocket-Key: ${key}`, "Sec-WebSocket-Version: 13"];
      stream.write([`GET ${pathname} HTTP/1.1`, `Host: ${host}`, ...head, "", ""].join("\r\n"));
    });
  }

  send(text: string) {
    this.write(TEXT, Buffer.from(text));
  }

  close() {
    this.stream.removeAllListeners("close").destroy();
  }

  private write(kind: number, content: Buffer) {
    const mask = randomBytes(4);
    const length = content.length;
    const head = length < 126 ? Buffer.from([0x80 | kind, 0x80 | length]) : Buffer.from([0x80 | kind, 0xfe, length >> 8, length & 255]);
    this.stream.write(Buffer.concat([head, mask, content.map((byte, n) => byte ^ mask[n % 4])]));
  }

  private read() {
    for (;;) {
      const { rest } = this;
      if (rest.length < 2) return;
      let [length, begin] = [rest[1] & 127, 2];
      if (length === 126) {
        if (rest.length < 4) return;
        [length, begin] = [rest.readUInt16BE(2), 4];
      } else if (length === 127) {
        if (rest.length < 10) return;
        [length, begin] = [Number(rest.readBigUInt64BE(2)), 10];
      }
      if (rest.length < begin + length) return;
      const content = rest.subarray(begin, begin + length);
      this.rest = rest.subarray(begin + length);
      const kind = rest[0] & 15;
      if (kind === TEXT) this.heard(content);
      else if (kind === PING) this.write(PONG, content);
      else if (kind === CLOSE) return void this.stream.end();
    }
  }
}
