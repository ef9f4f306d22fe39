"""The names of colours that Grafana knows; of any other it makes none.

They are those of `getColorByName` in Grafana's package `@grafana/data`.
"""

HUES = ("red", "orange", "yellow", "green", "blue", "purple")
SHADES = ("super-light", "light", "semi-dark", "dark")
OF_THE_THEME = ("text", "transparent", "panel-bg")
NAMED = """
aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blueviolet brown
burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson cyan darkblue darkcyan
darkgoldenrod darkgray darkgreen darkkhaki darkmagenta darkolivegreen darkorange darkorchid darkred
darksalmon darkseagreen darkslateblue darkslategray darkturquoise darkviolet deeppink deepskyblue
dimgray dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite gold goldenrod gray
greenyellow honeydew hotpink indigo ivory khaki lavender lavenderblush lawngreen lemonchiffon lightblue
lightcoral lightcyan lightgoldenrodyellow lightgrey lightgreen lightpink lightsalmon lightseagreen
lightskyblue lightslategray lightsteelblue lightyellow lime limegreen linen magenta maroon
mediumaquamarine mediumblue mediumorchid mediumpurple mediumseagreen mediumslateblue mediumspringgreen
mediumturquoise mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite navy oldlace olive
olivedrab orangered orchid palegoldenrod palegreen paleturquoise palevioletred papayawhip peachpuff peru
pink plum powderblue rebeccapurple rosybrown royalblue saddlebrown salmon sandybrown seagreen seashell
sienna silver skyblue slateblue slategray snow springgreen steelblue tan teal thistle tomato turquoise
violet wheat white whitesmoke yellowgreen
""".split()  # noqa: SIM905 - a list would be a hundred lines

NAMES = frozenset([*HUES, *(f"{shade}-{hue}" for shade in SHADES for hue in HUES), *OF_THE_THEME, *NAMED])

PATTERN = "#[0-9A-Fa-f]{6}|" + "|".join(
    [f"(?:(?:{'|'.join(SHADES)})-)?(?:{'|'.join(HUES)})", *OF_THE_THEME, *NAMED]
)
