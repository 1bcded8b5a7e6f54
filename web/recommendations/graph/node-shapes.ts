/** Each kind of node has a shape of its own, so that colour alone tells nothing apart. */
import { NodePointProgram } from 'sigma/rendering'
import type { Kind, Spot, Tie } from './connected.ts'
import type { NodeProgramType } from 'sigma/rendering'

/** How far `m` is from the middle, 1 at the edge of the shape. */
const SHAPES: Record<Kind, string> = {
  video: 'length(m)',
  tag: 'max(abs(m.x), abs(m.y)) * 1.15',
  channel: '(abs(m.x) + abs(m.y))',
}

/** As sigma's own points, but for the shape; the edge is one pixel soft. */
const fragment = (distance: string): string => `
precision mediump float;
varying vec4 v_color;
varying float v_border;

void main(void) {
  vec2 m = 2.0 * gl_PointCoord - 1.0;
  float inside = 1.0 - ${distance};
  #ifdef PICKING_MODE
  gl_FragColor = inside > 0.0 ? v_color : vec4(0.0);
  #else
  gl_FragColor = v_color * smoothstep(0.0, 2.0 * v_border, inside);
  #endif
}`

const program = (distance: string): NodeProgramType<Spot, Tie> =>
  class extends NodePointProgram<Spot, Tie> {
    override getDefinition() {
      return { ...super.getDefinition(), FRAGMENT_SHADER_SOURCE: fragment(distance) }
    }
  }

export const PROGRAMS: Record<Kind, NodeProgramType<Spot, Tie>> = {
  video: program(SHAPES.video),
  tag: program(SHAPES.tag),
  channel: program(SHAPES.channel),
}
