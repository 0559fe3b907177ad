/** 256 short nouns for the names of rooms, to be said aloud and heard apart: a byte picks one. */
export const ROOM_WORDS = `
  acorn alder almond amber anchor anvil apple apron arch arrow ash aspen atlas autumn badger bamboo banjo barley
  barn basil basket bay beach beacon bear beaver bell berry birch bison bloom boat bonnet bottle boulder bowl
  bramble brass bread breeze brick bridge brook broom bucket button cabin cactus camel candle canoe canyon
  carrot castle cave cedar cello chalk cherry chess chestnut cider citrus clay cliff clock cloud clover cobalt
  cocoa comet compass copper coral cork cotton crane crater creek cricket crown crystal cypress daisy dawn delta
  desert dolphin domino dove dragon drum dune eagle easel echo elm ember falcon feather fern ferry fiddle field
  fig finch fjord flint flute forest fossil fountain fox frost galaxy garlic gecko geyser ginger glacier globe
  goose granite grape gravel grove guitar hammer harbor harp hazel heather hedge heron hill honey horizon iris
  island ivory ivy jade jasmine jungle juniper kayak kettle kiosk kite koala lagoon lantern lark laurel lava
  lemon lentil lilac lily linen lizard llama lotus magnet mango maple marble meadow melon mint mirror mitten
  moon moose moss mural nectar nest nutmeg oak oasis ocean olive onion orbit orchid otter owl panda paper parrot
  pearl pebble pepper piano pine planet plaza plum pond poppy prairie puffin pumpkin quartz quilt rabbit raft
  rain raven reef ribbon river robin rocket rose saddle saffron sailor salmon sand satin scarf shell shore silk
  slate snow sparrow spruce star stone summit sun swan teapot thistle thunder tiger toast topaz torch tulip
  tundra turtle valley velvet violet walnut water whale willow window winter wolf zebra
`
  .trim()
  .split(/\s+/);
