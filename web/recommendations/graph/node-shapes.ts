/** WebGL programs for nodes: a shape for each kind, so that nobody has to tell colours apart. */
import { NodePointProgram } from 'sigma/rendering'
import type { Kind, NodeAttributes, EdgeAttributes } from './content-graph.ts'
import type { NodeProgramType } from 'sigma/rendering'

/** Distance of `m` from the centre in GLSL; 1 at the edge of the shape. */
const SHAPES: Record<Kind, string> = {
  video: 'length(m)',
  tag: 'max(abs(m.x), abs(m.y)) * 1.15',
  channel: '(abs(m.x) + abs(m.y))',
}

/** Sigma's fragment shader for points, with our shape; the edge is blurred by one pixel. */
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

const program = (distance: string): NodeProgramType<NodeAttributes, EdgeAttributes> =>
  class extends NodePointProgram<NodeAttributes, EdgeAttributes> {
    override getDefinition() {
      return { ...super.getDefinition(), FRAGMENT_SHADER_SOURCE: fragment(distance) }
    }
  }

export const PROGRAMS: Record<Kind, NodeProgramType<NodeAttributes, EdgeAttributes>> = {
  video: program(SHAPES.video),
  tag: program(SHAPES.tag),
  channel: program(SHAPES.channel),
}
